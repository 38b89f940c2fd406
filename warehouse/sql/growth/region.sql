-- One row for each week and region of makers: their totals, and the change over 1, 4, 13 and 52 weeks. It is NULL
-- if the region had other makers in the base week, or one of them was counted by another definition.
with total as (
    select
        week, region,
        md5(string_agg(concat_ws(' ', maker, definition), ', ' order by maker)) as definition,
        count(*) filter (maker <> 'other') as makers,
        sum(models)::bigint as models,
        sum(derivatives)::bigint as derivatives,
        sum(downloads_30d)::bigint as downloads_30d,
        sum(downloads_30d_robust)::bigint as downloads_30d_robust,
        sum(share_pct) as share_pct,
        sum(share_robust_pct) as share_robust_pct
    from growth.maker
    join core.maker_reading using (week, maker)
    group by week, region
),
base as (
    select week + 7 * weeks as week, weeks, region, definition, downloads_30d, downloads_30d_robust
    from total
    cross join (values (1), (4), (13), (52)) as compared_with (weeks)
)
select
    now.week,
    now.region,
    now.makers,
    now.models,
    now.derivatives,
    now.downloads_30d,
    now.downloads_30d_robust,
    least(now.share_pct, 100) as share_pct,
    least(now.share_robust_pct, 100) as share_robust_pct,
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
    growth.change_pct(now.downloads_30d_robust, before_52.downloads_30d_robust) as change_robust_pct_52_weeks
from total as now
left join (from base where weeks = 1) as before_1 using (week, region, definition)
left join (from base where weeks = 4) as before_4 using (week, region, definition)
left join (from base where weeks = 13) as before_13 using (week, region, definition)
left join (from base where weeks = 52) as before_52 using (week, region, definition)
