-- A week is compared with the week that lies exactly so many weeks before; where the author was not seen then: NULL.
-- Each base says which week it is the base of, by a join with the Mondays: only so does asking for one week read that
-- week and its four bases, and no others.
with monday as not materialized (
    select range::date as week from range(timestamp '2018-01-01', timestamp '2100-01-04', interval 7 days)
)
select
    now.week,
    author.author,
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
from core.author_week as now
join core.author as author using (author_key)
left join (
    select monday.week, author_key, downloads_30d from core.author_week as base join monday on base.week = monday.week - 7
) as before_1 using (week, author_key)
left join (
    select monday.week, author_key, downloads_30d from core.author_week as base join monday on base.week = monday.week - 28
) as before_4 using (week, author_key)
left join (
    select monday.week, author_key, downloads_30d from core.author_week as base join monday on base.week = monday.week - 91
) as before_13 using (week, author_key)
left join (
    select monday.week, author_key, downloads_30d from core.author_week as base join monday on base.week = monday.week - 364
) as before_52 using (week, author_key)
