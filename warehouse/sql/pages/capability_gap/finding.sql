-- Sentence: the newest gap and lag by the Epoch Capabilities Index, and the mean lag of the last twelve months. At most
-- one row; none if the newest month has no gap.
with newest as (
    select * from charts.capability_gap
    order by as_of desc
    limit 1
),
year_before as (
    select avg(lag_months) as lag, count(*) as months, count(lag_months) as with_lag
    from charts.capability_gap
    where as_of > (select as_of - interval 1 year from newest)
)
select
    case
        when lag_censoring = 'right' then 'No closed model has the score of the best open one: '
        else 'The best open model is ' || if(lag_censoring = 'left', 'at least ', '') || printf('%.1f', lag_months)
            || ' months behind' || if(
                with_lag = months and months >= 12, ' (' || printf('%.1f', lag) || ' on average in a year)', ''
            ) || ': '
    end
    || best_closed_model || if(gap_points < 0, ' is behind ', ' leads ') || best_open_model || ' by '
    || printf('%.1f', abs(gap_points)) || ' points on Epoch''s index.'
from newest cross join year_before
where gap_points is not null
