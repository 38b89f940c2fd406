-- One row for each model of a range of keys: what the release knows of it, as JSON.
select
    model.model_key as key,
    to_json(
        {
            'id': model.id, 'author': model.author, 'created': model.created_at::date, 'licence': model.licence,
            'task': model.pipeline_tag, 'library': model.library, 'gated': model.gated,
            'parameters_b': model.parameters_b, 'memory_gb': model.memory_gb, 'memory': model.memory_qualifier,
            'first_seen': model.first_seen, 'last_seen': model.last_seen, 'removed_in': model.removed_in,
            'downloads_30d': reading.downloads_30d, 'downloads_all_time': reading.downloads_all_time,
            'likes': reading.likes, 'rank': placed.rank
        }
    )::varchar as facts,
    if(relative.model_key is null, null, to_json(relative)::varchar) as relatives,
    if(note.model_key is null, null, to_json(note)::varchar) as notes
from core.model as model
left join base.model_week as reading
    on reading.model_key = model.model_key
    and reading.week = getvariable('week')
    and reading.model_key between getvariable('first_key') and getvariable('last_key')
left join explore_rank as placed on placed.downloads_30d = reading.downloads_30d
left join explore_relative as relative on relative.model_key = model.model_key
left join explore_note as note on note.model_key = model.model_key
where model.model_key between getvariable('first_key') and getvariable('last_key')
order by model.model_key
