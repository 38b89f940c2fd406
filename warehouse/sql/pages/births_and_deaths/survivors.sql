-- Models of the newest week by the week in which they were created. One row for each week.
select
    period_start as day, survivors as value, source,
    week_number(period_start) - row_number() over (partition by source order by period_start) as stretch,
    'Week of ' || on_day(period_start) || ': ' || whole(survivors) || ' of today''s models were created' as sentence
from charts.births_and_deaths
where survivors is not null
order by day
