-- One row for each widest family: its roots and their derivatives in the newest week. Each model counts only once.
with newest as (
    from core.family_reading where week = (select max(week) from core.family_reading) and level = 1
),
derived as (
    select
        family,
        coalesce(sum(models_counted_once) filter (relation = 'finetune'), 0)::bigint as finetunes,
        coalesce(sum(models_counted_once) filter (relation = 'adapter'), 0)::bigint as adapters,
        coalesce(sum(models_counted_once) filter (relation = 'quantized'), 0)::bigint as quantized,
        coalesce(sum(models_counted_once) filter (relation = 'merge'), 0)::bigint as merges_made,
        coalesce(sum(models_counted_once) filter (relation is null), 0)::bigint as unstated,
        sum(downloads_30d_counted_once)::bigint as downloads_30d
    from core.family_week
    join newest using (week, family)
    group by family
)
select
    family, growth.title, growth.downloads_30d_counted_once as downloads_30d,
    coalesce(newest.root_downloads_30d_counted_once, growth.downloads_30d_counted_once * 0) as downloads_30d_of_roots,
    coalesce(derived.downloads_30d, growth.downloads_30d_counted_once * 0) as downloads_30d_of_derivatives,
    growth.models_counted_once as models, newest.root_models_counted_once as roots,
    growth.models_counted_once - newest.root_models_counted_once as derivatives,
    coalesce(derived.finetunes, 0) as finetunes, coalesce(derived.adapters, 0) as adapters,
    coalesce(derived.quantized, 0) as quantized, coalesce(derived.merges_made, 0) as "merges",
    coalesce(derived.unstated, 0) as unstated,
    growth.downloads_30d_robust_counted_once as downloads_30d_robust, growth.share_pct, growth.rank, newest.week
from newest
join growth.family as growth using (week, family)
left join derived using (family)
where growth.models_counted_once > 0
order by downloads_30d desc nulls last
