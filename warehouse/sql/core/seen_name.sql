-- One row for each system, kind and name of a model or company in the sources: how many rows use it.
with named as (
    select source, 'model' as kind, coalesce(model_group, model) as name, openness = 'open' as is_open, recorded_at
    from core.benchmark_score
    union all
    select source, 'company' as kind, organisation as name, null as is_open, recorded_at
    from core.benchmark_score
    where organisation is not null
    union all
    -- Whoever ran a model here had its weights.
    select source, 'model' as kind, model as name, true as is_open, recorded_at
    from core.inference_result
    union all
    select
        source,
        if(metric = 'token_price_input', 'model', 'company') as kind,
        if(metric = 'token_price_input', regexp_replace(entity, ':[^:]*$', ''), entity) as name,
        if(metric = 'token_price_input', attributes['hugging_face_id'] is not null, null) as is_open,
        recorded_at
    from core.observation_latest
    where metric in ('funding_round_usd', 'token_price_input') and attributes['withdrawn'] is null
)
select
    regexp_replace(source, '^sandbox_', '') as system, kind, name, bool_or(is_open) as is_open,
    count(*) as rows, min(recorded_at) as first_seen
from named
group by all
