-- One row for each week and author with models in it: their downloads, and their change over 1, 4, 13 and 52 weeks, in
-- numbers and in percent. The base is the week exactly that many weeks before. If the author had no models then, the
-- change is NULL.
--
-- Each base row carries the week that it is compared with: see growth/model.sql.
with monday as not materialized (
    select range::date as week, weeks
    from range(timestamp '2018-01-01', timestamp '2100-01-04', interval 7 days)
    cross join (values (1), (4), (13), (52)) as compared_with (weeks)
),
base as not materialized (
    select monday.week, monday.weeks, earlier.author_key, earlier.downloads_30d
    from core.author_week as earlier
    join monday on earlier.week = monday.week - 7 * monday.weeks
)
select
    now.week,
    author.author,
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
from core.author_week as now
join core.author as author using (author_key)
left join (from base where weeks = 1) as before_1 using (week, author_key)
left join (from base where weeks = 4) as before_4 using (week, author_key)
left join (from base where weeks = 13) as before_13 using (week, author_key)
left join (from base where weeks = 52) as before_52 using (week, author_key)
