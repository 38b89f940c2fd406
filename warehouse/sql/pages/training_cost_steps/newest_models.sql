-- Estimated training costs of the twelve newest models. One row for each model and method.
select
    model || ', ' || strftime(published_on, '%Y') || ' · '
    || method as row, cost_low_usd as low, cost_high_usd as high,
    method as series, source, span_of(cost_low_usd, cost_high_usd) as shown, model || ': ' || arithmetic as sentence
from charts.training_cost_steps
where cost_low_usd > 0
qualify dense_rank() over (order by published_on desc, model) <= 12
order by published_on desc, model, method
