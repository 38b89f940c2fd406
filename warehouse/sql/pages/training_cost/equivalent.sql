-- Training costs of a GPT-3.5-equivalent model on the basis $1: published or estimated. One row for each date.
select
    on_date(period_start, date_precision) || coalesce(' · ' || if($1 = 'published', what_changed, null), '') as row,
    cost_low_usd as low, cost_high_usd as high, source, span_of(cost_low_usd, cost_high_usd) as shown, basis as series,
    on_date(period_start, date_precision) || ': ' || span_of(cost_low_usd, cost_high_usd) || ', ' || basis
    || coalesce('. ' || what_changed, '') as sentence
from charts.training_cost
where target = 'GPT-3.5-equivalent model' and basis = $1 and coalesce(cost_low_usd, cost_high_usd) is not null
order by period_start
