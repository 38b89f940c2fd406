-- One row for each relation, licence class of the parent and licence class of the child: models in the newest week.
with
-- A higher number allows more.
allowance (licence_class, allows) as (
    values ('non-commercial', 1), ('use-restricted', 2), ('copyleft', 3), ('permissive', 4)
),
walk as (
    select period_start, source
    from growth.series
    where metric = 'hub_models' and basis = 'measured'
    order by period_start desc
    limit 1
),
classified as (
    select
        model_key, last_seen, removed_in,
        if(model.licence is null, 'none stated', coalesce(class.licence_class, 'not classified')) as licence_class
    from core.model as model
    left join core.licence_class as class using (licence)
),
edge as (
    select distinct
        walk.period_start, walk.source, standing.relation, standing.child_key, standing.parent_key,
        parent.licence_class as parent_class, child.licence_class as child_class
    from base.model_edge as standing
    join classified as child on child.model_key = standing.child_key
    join classified as parent on parent.model_key = standing.parent_key
    cross join walk
    where standing.last_seen = child.last_seen and child.removed_in is null
),
reading as (
    select model_key as child_key, week as period_start, downloads_30d
    from base.model_week
    where week = (select period_start from walk) -- no other week is read
),
child as (
    select
        period_start, source, relation, parent_class, child_class, child_key, count(*) as edges,
        any_value(reading.downloads_30d) as downloads_30d
    from edge
    left join reading using (child_key, period_start)
    group by all
)
select
    period_start, relation, parent_class, child_class,
    sum(edges)::bigint as edges, count(*) as models, sum(downloads_30d)::bigint as downloads_30d,
    child_allowance.allows > parent_allowance.allows as is_more_permissive,
    'measured' as basis, source
from child
left join allowance as parent_allowance on parent_allowance.licence_class = parent_class
left join allowance as child_allowance on child_allowance.licence_class = child_class
group by all
