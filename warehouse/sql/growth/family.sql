-- Each week of a family, as it was counted then, compared with the week exactly so many weeks before, if the family's
-- list of roots was the same.
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
)
select
    now.week,
    now.family,
    now.models,
    now.downloads_30d,
    now.downloads_all_time,
    100e0 * (now.downloads_30d - before_1.downloads_30d) / nullif(before_1.downloads_30d, 0) as change_pct_1_week,
    100e0 * (now.downloads_30d - before_4.downloads_30d) / nullif(before_4.downloads_30d, 0) as change_pct_4_weeks,
    100e0 * (now.downloads_30d - before_13.downloads_30d) / nullif(before_13.downloads_30d, 0) as change_pct_13_weeks,
    100e0 * (now.downloads_30d - before_52.downloads_30d) / nullif(before_52.downloads_30d, 0) as change_pct_52_weeks,
    if(
        now.downloads_30d is null,
        null,
        rank() over (partition by now.week order by now.downloads_30d desc nulls last)
    ) as rank
from family_week as now
left join family_week as before_1
    on (before_1.family, before_1.definition) = (now.family, now.definition) and before_1.week = now.week - 7
left join family_week as before_4
    on (before_4.family, before_4.definition) = (now.family, now.definition) and before_4.week = now.week - 28
left join family_week as before_13
    on (before_13.family, before_13.definition) = (now.family, now.definition) and before_13.week = now.week - 91
left join family_week as before_52
    on (before_52.family, before_52.definition) = (now.family, now.definition) and before_52.week = now.week - 364
