-- Training costs of the twelve newest models. One row for each model, method and basis.
select
    target || ' (' || basis || ') · ' || method as row,
    cost_low_usd as low, cost_high_usd as high, basis as series, source,
    span_of(cost_low_usd, cost_high_usd) as shown,
    target || ', ' || on_date(period_start, date_precision) || ': ' || span_of(cost_low_usd, cost_high_usd) || ', '
    || method || ', ' || basis as sentence
from charts.training_cost
where target <> 'GPT-3.5-equivalent model' and cost_low_usd > 0 and cost_high_usd > 0
qualify dense_rank() over (order by period_start desc, target) <= 12
order by period_start desc, target, series desc, method
