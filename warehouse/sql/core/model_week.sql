-- One row for each week and model listed in it: its counters.
select reading.week, model.hub_id, reading.downloads_30d, reading.downloads_all_time, reading.likes
from base.model_week as reading
join core.model as model using (model_key)
