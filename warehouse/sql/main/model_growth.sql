-- One row for each of the 10,000 most downloaded models: its downloads of 30 days, and how many more they are than 1,
-- 4, 13 and 52 weeks before.
select
    largest.id, largest.downloads_30d,
    largest.downloads_30d - largest.downloads_30d_1_week_before as change_1_week,
    largest.downloads_30d - largest.downloads_30d_4_weeks_before as change_4_weeks,
    largest.downloads_30d - largest.downloads_30d_13_weeks_before as change_13_weeks,
    largest.downloads_30d - largest.downloads_30d_52_weeks_before as change_52_weeks,
    spike.model_key is not null as is_spike,
    largest.rank, model.author, model.pipeline_tag as task, model.library, model.parameters_b, model.licence,
    largest.week, largest.hub_id
from growth.leading_model as largest
join core.model as model using (hub_id)
left join base.download_spike as spike on spike.week = largest.week and spike.model_key = model.model_key
order by largest.position
