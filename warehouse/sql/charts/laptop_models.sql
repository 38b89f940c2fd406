-- What publications counted, and what is estimated from every week of the Hub: two series that are never joined to one.
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
