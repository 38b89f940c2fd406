-- One row for each model that the newest walk has listed: its description, and its counters of that week.
select
    model.id, model.author, model.pipeline_tag as task, model.library, model.parameters_b, model.memory_gb,
    model.licence,
    case
        when model.licence is null then 'none stated'
        else coalesce(class.licence_class, 'not classified')
    end as licence_class,
    model.gated, model.created_at,
    reading.downloads_30d, reading.downloads_all_time, reading.likes, reading.week, model.hub_id
from (from base.model_week where week = (select max(last_seen) from core.model)) as reading
join core.model as model using (model_key)
left join core.licence_class as class using (licence)
