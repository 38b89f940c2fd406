-- One row for each week and offer of a model: its prices, as recorded last.
with price as (
    select
        period_start as week, entity as id, source,
        any_value(attributes['name']) as name,
        any_value(attributes['hugging_face_id']) as hugging_face_id,
        any_value(attributes['context_length'])::bigint as context_length,
        any_value(attributes['listed_on'])::date as listed_on,
        any_value(value) filter (metric = 'token_price_input') as input_usd_per_million,
        any_value(value) filter (metric = 'token_price_output') as output_usd_per_million
    from core.observation_latest
    where metric in ('token_price_input', 'token_price_output') and value is not null
    group by all
)
select
    week, id,
    regexp_replace(id, ':[^:]*$', '') as model,
    nullif(regexp_extract(id, ':([^:]*)$', 1), '') as variant,
    name, hugging_face_id,
    if(hugging_face_id is null, 'proprietary', 'open') as openness,
    input_usd_per_million, output_usd_per_million,
    (3 * input_usd_per_million + output_usd_per_million) / 4 as blended_usd_per_million,
    context_length, listed_on, source
from price
