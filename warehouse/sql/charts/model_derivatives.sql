-- One row for each family and period: its derivatives as published, and as counted each week. The two series are never
-- joined.
with walk as (
    select period_start as week, basis, source
    from growth.reading
    where metric = 'hub_models' and entity = 'all models' and basis = 'measured'
),
-- A family with a root that was listed has a count, which may be 0. Of a family that was never listed nothing is known.
counted as (
    select
        week, family, definition, notable,
        coalesce(sum(models), 0)::bigint as derivatives,
        coalesce(sum(models) filter (depth = 1), 0)::bigint as direct,
        coalesce(sum(models) filter (relation = 'finetune'), 0)::bigint as finetunes,
        coalesce(sum(models) filter (relation = 'adapter'), 0)::bigint as adapters,
        coalesce(sum(models) filter (relation = 'quantized'), 0)::bigint as quantized,
        coalesce(sum(models) filter (relation = 'merge'), 0)::bigint as "merges",
        coalesce(sum(models) filter (not is_own), 0)::bigint as without_own,
        coalesce(sum(models) filter (not is_quantized_copy), 0)::bigint as without_quantized_copies,
        sum(downloads_30d)::bigint as downloads_30d,
        sum(added)::bigint as added,
        sum(removed)::bigint as removed
    from core.family_reading
    left join core.family_week using (week, family)
    where roots_seen > 0
    group by all
)
select
    period_start, date_precision, coalesce(attributes['family'], entity) as family,
    value::bigint as derivatives, qualifier, growth_pct, attributes['notable'] as notable,
    basis, source
from growth.reading
where metric = 'model_derivatives'
union all by name
select
    now.week as period_start, 'week' as date_precision, now.family,
    now.derivatives, 'at_least' as qualifier,
    100.0 * (now.derivatives - before.derivatives) / nullif(before.derivatives, 0) as growth_pct, now.notable,
    now.direct, now.derivatives as transitive, lineage.coverage_pct,
    now.finetunes, now.adapters, now.quantized, now.merges, now.without_own, now.without_quantized_copies,
    now.downloads_30d,
    if(before.family is null, null, coalesce(now.added, 0)) as added,
    if(before.family is null, null, coalesce(now.removed, 0)) as removed,
    walk.basis, walk.source
from counted as now
left join counted as before
    on before.family = now.family and before.definition = now.definition and before.week = now.week - 7
left join core.lineage_week as lineage on lineage.week = now.week
left join walk on walk.week = now.week
