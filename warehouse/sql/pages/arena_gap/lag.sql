-- Months since the proprietary frontier had the rating of the best open model. A row for each board and day.
select
    board, period_start as day, lag_months as value, source,
    row_number() over (partition by board order by period_start) - row_number()
        over (partition by board order by lag_months is null, period_start) as stretch,
    on_day(period_start) || ': ' || printf('%.1f', lag_months) || ' months' as sentence
from charts.arena_gap qualify lag_months is not null
order by board, day
