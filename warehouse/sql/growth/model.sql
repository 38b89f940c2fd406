-- One row for each week and model listed in it: its downloads, and their change over 1, 4, 13 and 52 weeks, in numbers
-- and in percent. The base is the week exactly that many weeks before. If the model was not listed then, the change is
-- NULL.
--
-- Each base row carries the week that it is compared with, from a join with all Mondays. A filter on one week then
-- reaches the base rows as well, and only that week and its four bases are scanned. Bases of 0 make these joins larger,
-- and stay: without them, a model that had no downloads would look like one that was not listed.
with monday as not materialized (
    select range::date as week, weeks
    from range(timestamp '2018-01-01', timestamp '2100-01-04', interval 7 days)
    cross join (values (1), (4), (13), (52)) as compared_with (weeks)
),
base as not materialized (
    select monday.week, monday.weeks, earlier.model_key, earlier.downloads_30d
    from base.model_week as earlier
    join monday on earlier.week = monday.week - 7 * monday.weeks
),
-- Rank the distinct counters, not the models: millions of models have some ten thousand different counters.
placed as not materialized (
    select
        week, downloads_30d,
        1 + coalesce(
            sum(models) over (
                partition by week order by downloads_30d desc rows between unbounded preceding and 1 preceding
            ),
            0
        )::bigint as rank
    from (
        select week, downloads_30d, count(*) as models
        from base.model_week
        where downloads_30d is not null
        group by week, downloads_30d
    )
),
-- Join on model_key first, the order in which each week is stored. Look names up last: they are in another order.
compared as not materialized (
    select
        now.week, now.model_key, now.downloads_30d, now.downloads_all_time, placed.rank,
        before_1.downloads_30d as before_1,
        before_4.downloads_30d as before_4,
        before_13.downloads_30d as before_13,
        before_52.downloads_30d as before_52
    from base.model_week as now
    left join (from base where weeks = 1) as before_1 using (week, model_key)
    left join (from base where weeks = 4) as before_4 using (week, model_key)
    left join (from base where weeks = 13) as before_13 using (week, model_key)
    left join (from base where weeks = 52) as before_52 using (week, model_key)
    left join placed on placed.week = now.week and placed.downloads_30d = now.downloads_30d
)
select
    week,
    model.id,
    model.hub_id,
    downloads_30d,
    downloads_all_time,
    downloads_30d - before_1 as change_1_week,
    downloads_30d - before_4 as change_4_weeks,
    downloads_30d - before_13 as change_13_weeks,
    downloads_30d - before_52 as change_52_weeks,
    growth.change_pct(downloads_30d, before_1) as change_pct_1_week,
    growth.change_pct(downloads_30d, before_4) as change_pct_4_weeks,
    growth.change_pct(downloads_30d, before_13) as change_pct_13_weeks,
    growth.change_pct(downloads_30d, before_52) as change_pct_52_weeks,
    rank
from compared
join core.model as model using (model_key)
