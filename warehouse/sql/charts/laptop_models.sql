-- One row for each memory size and period: models that fit a laptop, as published; or estimated from each week of the
-- Hub. The two series are never joined.
select
    period_start, date_precision, attributes['ram_gb']::double as ram_gb, attributes['bits']::integer as bits,
    coalesce(low, value)::bigint as models_low,
    if(qualifier = 'at_least', high, coalesce(high, value))::bigint as models_high,
    qualifier, attributes['models'] as models, attributes['quality_level'] as quality_level,
    attributes['models_known']::bigint as models_known,
    100 * attributes['models_known']::double / nullif(attributes['models_of_kind']::double, 0) as coverage_pct,
    basis, source
from growth.reading
where metric in ('laptop_models', 'laptop_models_fitting')
