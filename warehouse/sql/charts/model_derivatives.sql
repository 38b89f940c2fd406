select
    period_start, date_precision, coalesce(attributes['family'], entity) as family,
    value::bigint as derivatives, qualifier, growth_pct, attributes['notable'] as notable,
    null::bigint as direct, null::bigint as transitive, null::double as coverage_pct,
    basis, source
from growth.reading
where metric = 'model_derivatives'
