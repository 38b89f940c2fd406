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
    'By the Epoch Capabilities Index, ' || on_day(as_of) || ': ' || best_closed_model
    || if(gap_points < 0, ' is behind ', ' leads ') || best_open_model || ' by ' || printf('%.1f', abs(gap_points))
    || ' points'
    || coalesce(
        ' (90% interval of the gap: ' || printf('%.1f', gap_low) || ' to ' || printf('%.1f', gap_high) || ')', ''
    )
    || case
        when lag_censoring = 'right' then ', and no closed model has the score of the best open one.'
        else ', and the best open model is ' || if(lag_censoring = 'left', 'at least ', '')
            || printf('%.1f', lag_months) || ' months behind.'
    end
    || if(
        with_lag = months and months >= 12,
        ' In the last twelve months it was ' || printf('%.1f', lag) || ' months on average.', ''
    )
from newest cross join year_before
where gap_points is not null
