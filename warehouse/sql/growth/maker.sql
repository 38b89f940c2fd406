-- One row for each week and maker: its own models and those built on them, as counted in that week, and the change over
-- 1, 4, 13 and 52 weeks. The change is NULL if the maker was not counted in the base week, or by another definition.
with sized as (
    select
        week, maker,
        coalesce(sum(models) filter (made = 'own'), 0)::bigint as models,
        coalesce(sum(models) filter (made <> 'own'), 0)::bigint as derivatives,
        coalesce(sum(models) filter (made = 'finetune'), 0)::bigint as finetunes,
        coalesce(sum(models) filter (made = 'adapter'), 0)::bigint as adapters,
        coalesce(sum(models) filter (made = 'quantized'), 0)::bigint as quantized,
        coalesce(sum(models) filter (made = 'merge'), 0)::bigint as "merges",
        coalesce(sum(models) filter (made = 'unstated'), 0)::bigint as unstated,
        sum(added)::bigint as added,
        sum(added) filter (made = 'own')::bigint as new_models,
        sum(downloads_30d)::bigint as downloads_30d,
        sum(downloads_30d_robust)::bigint as downloads_30d_robust,
        sum(downloads_30d_robust) filter (made = 'own')::bigint as own_robust,
        sum(downloads_30d) filter (made = 'own')::bigint as own,
        sum(downloads_30d) filter (made = 'finetune')::bigint as of_finetune,
        sum(downloads_30d) filter (made = 'adapter')::bigint as of_adapter,
        sum(downloads_30d) filter (made = 'quantized')::bigint as of_quantized,
        sum(downloads_30d) filter (made = 'merge')::bigint as of_merge,
        sum(downloads_30d) filter (made = 'unstated')::bigint as of_unstated,
        sum(downloads_30d) filter (size_bucket = 'under 1B')::bigint as under_1b,
        sum(downloads_30d) filter (size_bucket = '1B to 7B')::bigint as from_1b,
        sum(downloads_30d) filter (size_bucket = '7B to 20B')::bigint as from_7b,
        sum(downloads_30d) filter (size_bucket = '20B to 70B')::bigint as from_20b,
        sum(downloads_30d) filter (size_bucket = '70B to 250B')::bigint as from_70b,
        sum(downloads_30d) filter (size_bucket = '250B and above')::bigint as from_250b,
        sum(downloads_30d) filter (size_bucket = 'unknown')::bigint as unknown_size,
        sum(downloads_all_time)::bigint as downloads_all_time,
        sum(likes)::bigint as likes
    from core.maker_week
    group by week, maker
),
-- A part without a model has no downloads, unless the counters are missing altogether.
counted as (
    select
        sized.*, reading.definition,
        if(downloads_30d is null, null, 0) as none,
        if(downloads_30d_robust is null, null, 0) as none_robust,
        100.0 * downloads_30d / nullif(sum(downloads_30d) over (partition by week), 0) as share_pct,
        100.0 * downloads_30d_robust / nullif(sum(downloads_30d_robust) over (partition by week), 0)
            as share_robust_pct,
        if(
            downloads_30d is null or maker = 'other',
            null,
            rank() over (partition by week, maker = 'other' order by downloads_30d desc nulls last)
        ) as rank
    from sized
    join core.maker_reading as reading using (week, maker)
),
base as (
    select week + 7 * weeks as week, weeks, maker, definition, downloads_30d, downloads_30d_robust
    from counted
    cross join (values (1), (4), (13), (52)) as compared_with (weeks)
)
select
    now.week,
    now.maker,
    coalesce(listed.title, if(now.maker = 'other', 'All other makers', now.maker)) as title,
    listed.country,
    coalesce(listed.region, 'Other') as region,
    now.models,
    now.derivatives,
    now.finetunes,
    now.adapters,
    now.quantized,
    now."merges",
    now.unstated,
    if(now.added is null, null, coalesce(now.new_models, 0)) as new_models,
    now.added - coalesce(now.new_models, 0) as new_derivatives,
    now.downloads_30d,
    now.downloads_30d_robust,
    coalesce(now.own, none) as downloads_30d_own,
    coalesce(now.of_finetune, none) as downloads_30d_finetune,
    coalesce(now.of_adapter, none) as downloads_30d_adapter,
    coalesce(now.of_quantized, none) as downloads_30d_quantized,
    coalesce(now.of_merge, none) as downloads_30d_merge,
    coalesce(now.of_unstated, none) as downloads_30d_unstated,
    coalesce(now.own_robust, none_robust) as downloads_30d_own_robust,
    coalesce(now.under_1b, none) as downloads_30d_under_1b,
    coalesce(now.from_1b, none) as downloads_30d_1b_to_7b,
    coalesce(now.from_7b, none) as downloads_30d_7b_to_20b,
    coalesce(now.from_20b, none) as downloads_30d_20b_to_70b,
    coalesce(now.from_70b, none) as downloads_30d_70b_to_250b,
    coalesce(now.from_250b, none) as downloads_30d_250b_and_above,
    coalesce(now.unknown_size, none) as downloads_30d_unknown_size,
    now.downloads_all_time,
    now.likes,
    now.share_pct,
    now.share_robust_pct,
    now.downloads_30d - before_1.downloads_30d as change_1_week,
    growth.change_pct(now.downloads_30d, before_1.downloads_30d) as change_pct_1_week,
    now.downloads_30d - before_4.downloads_30d as change_4_weeks,
    growth.change_pct(now.downloads_30d, before_4.downloads_30d) as change_pct_4_weeks,
    now.downloads_30d - before_13.downloads_30d as change_13_weeks,
    growth.change_pct(now.downloads_30d, before_13.downloads_30d) as change_pct_13_weeks,
    now.downloads_30d - before_52.downloads_30d as change_52_weeks,
    growth.change_pct(now.downloads_30d, before_52.downloads_30d) as change_pct_52_weeks,
    now.downloads_30d_robust - before_1.downloads_30d_robust as change_robust_1_week,
    growth.change_pct(now.downloads_30d_robust, before_1.downloads_30d_robust) as change_robust_pct_1_week,
    now.downloads_30d_robust - before_4.downloads_30d_robust as change_robust_4_weeks,
    growth.change_pct(now.downloads_30d_robust, before_4.downloads_30d_robust) as change_robust_pct_4_weeks,
    now.downloads_30d_robust - before_13.downloads_30d_robust as change_robust_13_weeks,
    growth.change_pct(now.downloads_30d_robust, before_13.downloads_30d_robust) as change_robust_pct_13_weeks,
    now.downloads_30d_robust - before_52.downloads_30d_robust as change_robust_52_weeks,
    growth.change_pct(now.downloads_30d_robust, before_52.downloads_30d_robust) as change_robust_pct_52_weeks,
    now.rank
from counted as now
left join (from base where weeks = 1) as before_1 using (week, maker, definition)
left join (from base where weeks = 4) as before_4 using (week, maker, definition)
left join (from base where weeks = 13) as before_13 using (week, maker, definition)
left join (from base where weeks = 52) as before_52 using (week, maker, definition)
left join core.maker as listed using (maker)
