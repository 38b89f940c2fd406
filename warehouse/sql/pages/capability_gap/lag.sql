-- Months since the first closed model with the score of the best open one was released, with the range that the
-- intervals allow. One row for each month with a lag.
select
    as_of as day, lag_months as value, lag_low_months as low, lag_high_months as high, source,
    row_number() over (order by as_of)
    - row_number() over (order by lag_months is null, as_of) as stretch,
    row_number() over (order by as_of)
    - row_number() over (order by lag_low_months is null, as_of) as part,
    on_day(as_of) || ': ' || best_open_model || ' is ' || if(lag_censoring = 'left', 'at least ', '')
    || printf('%.1f', lag_months) || ' months behind ' || first_closed_model
    || coalesce(
        ' (between ' || printf('%.1f', lag_low_months) || ' and ' || printf('%.1f', lag_high_months) || ')', ''
    ) as sentence
from charts.capability_gap
qualify lag_months is not null
order by day
