select
    period_start, date_precision, attributes['ram_gb']::double as ram_gb,
    coalesce(low, value)::bigint as models_low,
    if(qualifier = 'at_least', high, coalesce(high, value))::bigint as models_high,
    qualifier, attributes['models'] as models, attributes['quality_level'] as quality_level, basis, source
from growth.reading
where metric = 'laptop_models'
