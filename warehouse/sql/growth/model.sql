-- A week is compared with the week that lies exactly so many weeks before; where the model was not seen then: NULL.
-- 100e0 is a DOUBLE. 100.0 would be a DECIMAL, and a change times it a number of 128 bits: ten times as slow to divide.
-- A base without downloads has no rate: it is left out before the joins, to make these smaller.
-- Each base says which week it is the base of, by a join with the Mondays: only so does asking for one week read that
-- week and its four bases, and no others.
with monday as not materialized (
    select range::date as week from range(timestamp '2018-01-01', timestamp '2100-01-04', interval 7 days)
),
-- Millions of models have some ten thousand different counters: those are put in order, and not the models.
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
-- In the order of model_key, in which every week lies; names are in another order, and come last.
compared as not materialized (
    select
        now.week, now.model_key, now.downloads_30d, now.downloads_all_time, placed.rank,
        before_1.downloads_30d as before_1,
        before_4.downloads_30d as before_4,
        before_13.downloads_30d as before_13,
        before_52.downloads_30d as before_52
    from base.model_week as now
    left join (
        select monday.week, model_key, downloads_30d
        from base.model_week as base join monday on base.week = monday.week - 7
        where downloads_30d <> 0
    ) as before_1 using (week, model_key)
    left join (
        select monday.week, model_key, downloads_30d
        from base.model_week as base join monday on base.week = monday.week - 28
        where downloads_30d <> 0
    ) as before_4 using (week, model_key)
    left join (
        select monday.week, model_key, downloads_30d
        from base.model_week as base join monday on base.week = monday.week - 91
        where downloads_30d <> 0
    ) as before_13 using (week, model_key)
    left join (
        select monday.week, model_key, downloads_30d
        from base.model_week as base join monday on base.week = monday.week - 364
        where downloads_30d <> 0
    ) as before_52 using (week, model_key)
    left join placed on placed.week = now.week and placed.downloads_30d = now.downloads_30d
)
select
    week,
    model.hub_id,
    downloads_30d,
    downloads_all_time,
    100e0 * (downloads_30d - before_1) / before_1 as change_pct_1_week,
    100e0 * (downloads_30d - before_4) / before_4 as change_pct_4_weeks,
    100e0 * (downloads_30d - before_13) / before_13 as change_pct_13_weeks,
    100e0 * (downloads_30d - before_52) / before_52 as change_pct_52_weeks,
    rank
from compared
join core.model as model using (model_key)
