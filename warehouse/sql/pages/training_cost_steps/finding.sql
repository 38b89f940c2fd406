-- Sentence: the most expensive training run that can be estimated. At most one row.
select
    'The dearest run that can be reckoned is ' || model || ' with ' || span_of(min(cost_low_usd), max(cost_high_usd))
    || ' for ' || short(any_value(chip_hours)) || ' accelerator-hours; ' || any_value(models)
    || ' runs are reckoned in all.'
from charts.training_cost_steps cross join (select count(distinct model) as models from charts.training_cost_steps)
group by model
order by max(cost_high_usd) desc limit 1
