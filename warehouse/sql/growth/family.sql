-- One row for each week and family with a root that was seen: its roots and their derivatives as counted in that week,
-- and the change over 1, 4, 13 and 52 weeks. The change is NULL if the family was not counted in the base week, or by
-- another list of roots.
with part as (
    select
        week, family, true as is_root,
        root_models as models,
        root_downloads_30d as downloads_30d,
        root_downloads_30d_robust as downloads_30d_robust,
        root_downloads_all_time as downloads_all_time,
        root_models_counted_once as models_counted_once,
        root_downloads_30d_counted_once as downloads_30d_counted_once,
        root_downloads_30d_robust_counted_once as downloads_30d_robust_counted_once
    from core.family_reading
    where roots_seen > 0
    union all by name
    select * exclude (depth, relation, is_own, is_quantized_copy, added, removed), false as is_root
    from core.family_week
),
summed as (
    select
        week, family,
        sum(models) filter (is_root)::bigint as roots,
        coalesce(sum(models) filter (not is_root), 0)::bigint as derivatives,
        sum(downloads_30d)::bigint as downloads_30d,
        sum(downloads_30d_robust)::bigint as downloads_30d_robust,
        sum(downloads_all_time)::bigint as downloads_all_time,
        sum(downloads_30d) filter (is_root)::bigint as of_roots,
        sum(downloads_30d) filter (not is_root)::bigint as of_derivatives,
        sum(models_counted_once)::bigint as models_counted_once,
        sum(downloads_30d_counted_once)::bigint as once,
        sum(downloads_30d_robust_counted_once)::bigint as once_robust
    from part
    group by week, family
),
-- In weeks from before roots were counted, a sum would be that of the derivatives alone. A part without a model has no
-- downloads, unless the counter is missing altogether.
counted as (
    select
        week, family, definition, part_of, level, roots, derivatives,
        if(roots is null, null, summed.downloads_30d) as downloads_30d,
        if(roots is null, null, summed.downloads_30d_robust) as downloads_30d_robust,
        if(roots is null, null, summed.downloads_all_time) as downloads_all_time,
        if(roots = 0, summed.downloads_30d * 0, of_roots) as downloads_30d_of_roots,
        if(derivatives = 0, coalesce(summed.downloads_30d * 0, 0), of_derivatives) as downloads_30d_of_derivatives,
        models_counted_once,
        if(models_counted_once = 0, summed.downloads_30d * 0, once) as downloads_30d_counted_once,
        if(models_counted_once = 0, summed.downloads_30d_robust * 0, once_robust) as downloads_30d_robust_counted_once
    from summed
    join (select week, family, definition, part_of, level from core.family_reading) using (week, family)
),
base as (
    select week + 7 * weeks as week, weeks, family, definition, downloads_30d, downloads_30d_robust
    from counted
    cross join (values (1), (4), (13), (52)) as compared_with (weeks)
)
select
    now.week,
    now.family,
    coalesce(listed.title, now.family) as title,
    now.part_of,
    now.level,
    now.roots + now.derivatives as models,
    now.roots,
    now.derivatives,
    now.downloads_30d,
    now.downloads_30d_robust,
    now.downloads_30d_of_roots,
    now.downloads_30d_of_derivatives,
    now.models_counted_once,
    now.downloads_30d_counted_once,
    now.downloads_30d_robust_counted_once,
    100.0 * now.downloads_30d_counted_once / nullif(hub.downloads_30d, 0) as share_pct,
    100.0 * now.downloads_30d_robust_counted_once / nullif(hub.downloads_30d_robust, 0) as share_robust_pct,
    now.downloads_all_time,
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
    if(
        now.downloads_30d_counted_once is null,
        null,
        rank() over (partition by now.week, now.level order by now.downloads_30d_counted_once desc nulls last)
    ) as rank
from counted as now
left join (from base where weeks = 1) as before_1 using (week, family, definition)
left join (from base where weeks = 4) as before_4 using (week, family, definition)
left join (from base where weeks = 13) as before_13 using (week, family, definition)
left join (from base where weeks = 52) as before_52 using (week, family, definition)
left join core.hub_week as hub using (week)
left join (select distinct family, title from core.family) as listed using (family)
