-- Models created in the 30 days before a count. One row for each week.
select
    period_start as day, added_per_month as value, source,
    week_number(period_start) - row_number() over (partition by source order by period_start) as stretch,
    'Week of ' || on_day(period_start) || ': ' || whole(added_per_month)
    || ' models created in the last 30 days' as sentence
from charts.hub_models
where basis = 'measured' and added_per_month is not null
order by day
