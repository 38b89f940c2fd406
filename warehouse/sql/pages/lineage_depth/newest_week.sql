-- Derivatives by distance from a root in the newest week; 8 steps or more are one row. One row for each family and
-- distance.
with newest as (
    select family, least(depth, 8) as depth, source, sum(models)::bigint as models, sum(share_of_family_pct) as share
    from (from charts.lineage_depth qualify dense_rank() over (order by week desc) = 1)
    group by all
),
labelled as (
    select
        *,
        case depth when 1 then '1 step' when 8 then '8 steps or more' else depth || ' steps' end as row
    from newest
)
select
    family, row, models as value, source, whole(models) || ' (' || printf('%.1f', share) || '%)' as shown,
    family || ': ' || whole(models) || ' models ' || row
    || ' from a root, ' || digits(share) || '% of its derivatives' as sentence
from labelled
order by sum(models) over (partition by family) desc, family, depth
