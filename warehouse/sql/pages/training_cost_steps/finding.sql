-- Sentence: the most expensive training run that can be estimated. At most one row.
select
    'The most expensive of ' || any_value(models) || ' training runs with an estimate is that of ' || model || ': '
    || span_of(min(cost_low_usd), max(cost_high_usd)) || ' for ' || short(any_value(chip_hours))
    || ' accelerator-hours.'
from charts.training_cost_steps cross join (select count(distinct model) as models from charts.training_cost_steps)
group by model
order by max(cost_high_usd) desc
limit 1
