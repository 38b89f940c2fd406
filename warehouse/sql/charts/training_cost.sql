select
    period_start, date_precision, coalesce(attributes['target'], entity) as target,
    coalesce(low, value) as cost_low_usd, if(qualifier = 'at_least', high, coalesce(high, value)) as cost_high_usd,
    qualifier, growth_low_pct, growth_high_pct, attributes['what_changed'] as what_changed, basis, source
from growth.reading
where metric = 'training_cost_usd'
