-- Sentence: the newest gap between the best open and the best proprietary model, for each board. At most one row.
with newest as (
    select * from charts.arena_gap
    where gap_points is not null
    qualify row_number() over (partition by board order by period_start desc) = 1
)
select string_agg(
    board || ', ' || on_day(period_start) || ': the best '
    || if(gap_points < 0, 'open model led by ', 'proprietary model led by ')
    || case
        when abs(gap_points) < 0.5 then 'less than one rating point'
        when abs(gap_points) < 1.5 then 'one rating point'
        else printf('%.0f', abs(gap_points)) || ' rating points'
    end
    || coalesce(' (between ' || printf('%.0f', gap_low) || ' and ' || printf('%.0f', gap_high) || ')', '')
    || if(gap_low <= 0 and gap_high >= 0, ', which may be chance', '')
    || coalesce(
        '; the best open model was ' || if(lag_censoring = 'left', 'at least ', '') || printf('%.1f', lag_months)
        || ' months behind', ''
    ) || '.',
    ' ' order by board
)
from newest
having count(*) > 0
