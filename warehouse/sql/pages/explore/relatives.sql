-- One row for each model with a parent or a child that stands: its parents, its ten most downloaded children, and the
-- number of its children by relation. A child that states two relations to a parent counts once, for the first by name.
with standing as (
    select
        edge.child_key, edge.parent_key, min(coalesce(edge.relation, 'unstated')) as relation,
        any_value(child.downloads_30d_now) as downloads_30d
    from base.model_edge as edge
    join core.model as child
        on child.model_key = edge.child_key and child.last_seen = edge.last_seen and child.removed_in is null
    group by edge.child_key, edge.parent_key
),
counted as (
    select
        standing.parent_key as model_key,
        max(
            {
                'downloads_30d': coalesce(standing.downloads_30d, -1), 'key': -standing.child_key,
                'relation': standing.relation
            },
            10
        ) as children,
        count(*) as derivatives,
        count(*) filter (relation = 'finetune') as finetunes,
        count(*) filter (relation = 'adapter') as adapters,
        count(*) filter (relation = 'quantized') as quantized,
        count(*) filter (relation = 'merge') as merged,
        count(*) filter (relation = 'unstated') as unstated
    from standing
    group by standing.parent_key
),
-- Names are looked up last, and only those that are shown.
child as (
    select model_key, unnest(children) as child from counted
),
children as (
    select
        child.model_key,
        list(
            {
                'id': model.id, 'relation': child.child.relation,
                'downloads_30d': if(child.child.downloads_30d < 0, null, child.child.downloads_30d)
            }
            order by child.child.downloads_30d desc, model.id
        ) as children
    from child
    join core.model as model on model.model_key = -child.child.key
    group by child.model_key
),
parents as (
    select
        standing.child_key as model_key,
        list_sort(list({'id': model.id, 'relation': standing.relation})) as parents
    from standing
    join core.model as model on model.model_key = standing.parent_key
    group by standing.child_key
)
select
    model_key, counted.derivatives, counted.finetunes, counted.adapters, counted.quantized, counted.merged,
    counted.unstated, children.children, parents.parents
from counted
left join children using (model_key)
full join parents using (model_key)
order by model_key
