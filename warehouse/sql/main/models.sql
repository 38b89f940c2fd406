-- One row for each model that the newest walk has listed: its description, and its counters of that week.
select
    model.id, model.author, model.pipeline_tag as task, model.library, model.parameters_b, model.memory_gb,
    model.licence,
    case
        when model.licence is null then 'none stated'
        else coalesce(class.licence_class, 'not classified')
    end as licence_class,
    model.gated, model.created_at,
    -- In UTC, whatever the time zone of the session, and without ICU, which takes half a second for all models.
    make_date((epoch_us(model.created_at) // 86_400_000_000)::integer) as created_on,
    model.downloads_30d_now as downloads_30d, model.downloads_all_time_now as downloads_all_time,
    model.likes_now as likes, model.last_seen as week, model.hub_id
from core.model as model
left join core.licence_class as class using (licence)
where model.removed_in is null
