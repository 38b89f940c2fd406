-- One row for each week and family: its downloads as counted in that week, and their change over 1, 4, 13 and 52
-- weeks. The change is NULL if the family was not counted in the base week, or by another list of roots.
with family_week as (
    select
        week,
        family,
        definition,
        sum(part.models)::bigint as models,
        sum(part.downloads_30d)::bigint as downloads_30d,
        sum(part.downloads_all_time)::bigint as downloads_all_time
    from core.family_week as part
    join core.family_reading using (week, family)
    group by all
),
base as (
    select week + 7 * weeks as week, weeks, family, definition, downloads_30d
    from family_week
    cross join (values (1), (4), (13), (52)) as compared_with (weeks)
)
select
    now.week,
    now.family,
    now.models,
    now.downloads_30d,
    now.downloads_all_time,
    now.downloads_30d - before_1.downloads_30d as change_1_week,
    now.downloads_30d - before_4.downloads_30d as change_4_weeks,
    now.downloads_30d - before_13.downloads_30d as change_13_weeks,
    now.downloads_30d - before_52.downloads_30d as change_52_weeks,
    growth.change_pct(now.downloads_30d, before_1.downloads_30d) as change_pct_1_week,
    growth.change_pct(now.downloads_30d, before_4.downloads_30d) as change_pct_4_weeks,
    growth.change_pct(now.downloads_30d, before_13.downloads_30d) as change_pct_13_weeks,
    growth.change_pct(now.downloads_30d, before_52.downloads_30d) as change_pct_52_weeks,
    if(
        now.downloads_30d is null,
        null,
        rank() over (partition by now.week order by now.downloads_30d desc nulls last)
    ) as rank
from family_week as now
left join (from base where weeks = 1) as before_1 using (week, family, definition)
left join (from base where weeks = 4) as before_4 using (week, family, definition)
left join (from base where weeks = 13) as before_13 using (week, family, definition)
left join (from base where weeks = 52) as before_52 using (week, family, definition)
