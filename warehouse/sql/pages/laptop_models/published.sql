-- Published numbers of models that run on 16 GB. One row for each date.
select
    period_start as day, models_low as low, coalesce(models_high, models_low + 0.4) as top,
    models_high is null as open,
    coalesce(models_low || '–' || models_high, models_low || '+') as shown, source,
    in_month(period_start) || ': '
    || coalesce(models_low || ' to ' || models_high, 'at least ' || models_low) || ' models'
    || coalesce(', ' || quality_level, '') || coalesce(' (' || models || ')', '') as sentence
from charts.laptop_models
where basis = 'published' and models_low is not null
order by day
