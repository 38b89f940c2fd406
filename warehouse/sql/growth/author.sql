-- Each week of an author, by the present owner of a model, compared with the week exactly so many weeks before.
with author_week as (
    select
        week,
        author,
        count(*) as models,
        sum(downloads_30d)::bigint as downloads_30d,
        sum(downloads_all_time)::bigint as downloads_all_time
    from core.model_reading
    join core.model using (model_key)
    where author is not null
    group by all
)
select
    now.week,
    now.author,
    now.models,
    now.downloads_30d,
    now.downloads_all_time,
    100.0 * (now.downloads_30d - before_1.downloads_30d) / nullif(before_1.downloads_30d, 0) as change_pct_1_week,
    100.0 * (now.downloads_30d - before_4.downloads_30d) / nullif(before_4.downloads_30d, 0) as change_pct_4_weeks,
    100.0 * (now.downloads_30d - before_13.downloads_30d) / nullif(before_13.downloads_30d, 0) as change_pct_13_weeks,
    100.0 * (now.downloads_30d - before_52.downloads_30d) / nullif(before_52.downloads_30d, 0) as change_pct_52_weeks,
    if(
        now.downloads_30d is null,
        null,
        rank() over (partition by now.week order by now.downloads_30d desc nulls last)
    ) as rank
from author_week as now
left join author_week as before_1 on before_1.author = now.author and before_1.week = now.week - 7
left join author_week as before_4 on before_4.author = now.author and before_4.week = now.week - 28
left join author_week as before_13 on before_13.author = now.author and before_13.week = now.week - 91
left join author_week as before_52 on before_52.author = now.author and before_52.week = now.week - 364
