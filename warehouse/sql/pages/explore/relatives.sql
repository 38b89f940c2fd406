-- One row for each model with a parent or a child that stands: its parents, its ten most downloaded children, and the
-- number of its children by relation.
with standing as (
    select
        edge.child_key, edge.parent_key, coalesce(edge.relation, 'unstated') as relation,
        child.id as child, parent.id as parent, reading.downloads_30d
    from base.model_edge as edge
    join core.model as child
        on child.model_key = edge.child_key and child.last_seen = edge.last_seen and child.removed_in is null
    join core.model as parent on parent.model_key = edge.parent_key
    left join base.model_week as reading
        on reading.model_key = edge.child_key and reading.week = getvariable('week')
),
counted as (
    select
        parent_key as model_key,
        max({'downloads_30d': coalesce(downloads_30d, -1), 'id': child, 'relation': relation}, 10) as children,
        count(distinct child_key) as derivatives,
        count(distinct child_key) filter (relation = 'finetune') as finetunes,
        count(distinct child_key) filter (relation = 'adapter') as adapters,
        count(distinct child_key) filter (relation = 'quantized') as quantized,
        count(distinct child_key) filter (relation = 'merge') as merged,
        count(distinct child_key) filter (relation = 'unstated') as unstated
    from standing
    group by parent_key
),
named as (
    select child_key as model_key, list({'id': parent, 'relation': relation} order by parent, relation) as parents
    from standing
    group by child_key
)
select
    model_key, counted.derivatives, counted.finetunes, counted.adapters, counted.quantized, counted.merged,
    counted.unstated,
    [
        {
            'id': child.id, 'relation': child.relation,
            'downloads_30d': if(child.downloads_30d < 0, null, child.downloads_30d)
        }
        for child in counted.children
    ] as children,
    named.parents
from counted
full join named using (model_key)
