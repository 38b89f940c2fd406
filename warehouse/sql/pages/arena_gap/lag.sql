-- Months since a closed model with the rating of the best open one was first there. A row for each board and day.
select
    board, period_start as day, lag_months as value, source,
    row_number() over (partition by board order by period_start) - row_number()
        over (partition by board order by lag_months is null, period_start) as stretch,
    on_day(period_start) || ': ' || best_open_model || ' is ' || if(lag_censoring = 'left', 'at least ', '')
    || printf('%.1f', lag_months) || ' months behind ' || first_proprietary_model || ' ('
    || if(first_proprietary_dated_by = 'release', 'released', 'on the board since') || ' '
    || on_day(first_proprietary_on) || ')' as sentence
from charts.arena_gap qualify lag_months is not null
order by board, day
