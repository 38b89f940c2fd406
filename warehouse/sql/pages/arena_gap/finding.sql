-- Sentence: the newest gap between the best open and the best closed model, on the first board. At most one row.
select
    coalesce(
        'The best open model is ' || if(lag_censoring = 'left', 'at least ', '') || printf('%.1f', lag_months)
        || ' months behind on the Arena: the', 'On the Arena the'
    )
    || if(gap_points < 0, ' best open model leads by ', ' best closed model leads by ')
    || case
        when abs(gap_points) < 0.5 then 'less than one point'
        when abs(gap_points) < 1.5 then 'one point'
        else printf('%.0f', abs(gap_points)) || ' points'
    end
    || coalesce(' (between ' || printf('%.0f', gap_low) || ' and ' || printf('%.0f', gap_high) || ')', '')
    || if(gap_low <= 0 and gap_high >= 0, ', which may be chance', '') || '.'
from charts.arena_gap
where gap_points is not null
order by board, period_start desc
limit 1
