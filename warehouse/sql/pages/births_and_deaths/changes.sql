-- Models that appeared (with those that returned) and disappeared. One row for each week and direction.
with counted as (
    select period_start as day, source, 'added' as series, births + coalesce(returns, 0) as value
    from charts.births_and_deaths
    where births is not null
    union all
    select period_start, source, 'removed', -deaths from charts.births_and_deaths
    where births is not null
)
select *, 'Week of ' || on_day(day) || ': ' || whole(abs(value)) || ' models ' || series as sentence
from counted
order by day, series
