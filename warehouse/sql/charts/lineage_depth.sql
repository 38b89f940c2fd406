-- One row for each week, family and depth: models and their share of the family.
with walk as (
    select period_start as week, basis, source
    from growth.reading
    where metric = 'hub_models' and entity = 'all models' and basis = 'measured'
),
depth as (
    select week, family, depth, sum(models)::bigint as models, sum(downloads_30d)::bigint as downloads_30d
    from core.family_week
    group by all
)
select
    week, family, depth, models, downloads_30d,
    100.0 * models / sum(models) over (partition by week, family) as share_of_family_pct,
    coverage_pct, basis, source
from (from depth where models > 0) -- a depth whose models were all removed that week has 0
left join (select week, coverage_pct from core.lineage_week) using (week)
left join walk using (week)
