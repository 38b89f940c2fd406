-- One row for each model of explore_model: what the release knows of it; lists of others are JSON.
select
    model.model_key as key, model.id, model.created_at::date as created, model.licence, model.pipeline_tag as task,
    model.library, model.gated, model.parameters_b, model.memory_gb, model.memory_qualifier as memory,
    model.first_seen, model.removed_in,
    model.downloads_30d_now as downloads_30d,
    model.downloads_all_time_now as downloads_all_time,
    model.likes_now as likes,
    placed.rank,
    to_json(relative.parents)::varchar as parents,
    if(
        relative.derivatives is null,
        null,
        to_json(
            {
                'derivatives': relative.derivatives, 'finetunes': relative.finetunes, 'adapters': relative.adapters,
                'quantized': relative.quantized, 'merged': relative.merged, 'unstated': relative.unstated,
                'children': relative.children
            }
        )
    )::varchar as relatives,
    if(note.model_key is null, null, to_json(note)::varchar) as notes
from explore_model as model
left join explore_rank as placed on placed.downloads_30d = model.downloads_30d_now
left join explore_relative as relative on relative.model_key = model.model_key
left join explore_note as note on note.model_key = model.model_key
