-- Counted public models. One row for each week.
select
    period_start as day, models as value, source,
    week_number(period_start) - row_number() over (partition by source order by period_start) as stretch,
    'Week of ' || on_day(period_start) || ': ' || whole(models) || ' public models'
    || coalesce(' (' || percent(growth_pct) || ' from the week before)', '') as sentence
from charts.hub_models
where basis = 'measured' and models is not null
order by day
