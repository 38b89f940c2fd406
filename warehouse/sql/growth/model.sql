-- A week is compared with the week that lies exactly so many weeks before; where the model was not seen then: NULL.
select
    now.week,
    model.hub_id,
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
from core.model_reading as now
join core.model as model using (model_key)
left join core.model_reading as before_1 on before_1.model_key = now.model_key and before_1.week = now.week - 7
left join core.model_reading as before_4 on before_4.model_key = now.model_key and before_4.week = now.week - 28
left join core.model_reading as before_13 on before_13.model_key = now.model_key and before_13.week = now.week - 91
left join core.model_reading as before_52 on before_52.model_key = now.model_key and before_52.week = now.week - 364
