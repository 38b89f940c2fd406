-- Rating points between the best closed and the best open model, of the newest source of the board that goes back to
-- 2023. One row for each day of the board, in order of time; no line is drawn between two rows of different `stretch`.
select
    period_start as day, gap_points as value, printf('%.1f', gap_points) as shown,
    round(gap_points - before, 1) as change,
    signed(round(gap_points - before, 1)) || ' points in a week' as change_in_words,
    week_number(period_start) - row_number() over (order by period_start) as stretch
from (
    select
        period_start, gap_points,
        max(gap_points) over (
            order by period_start
            range between interval 7 days preceding and interval 7 days preceding
        ) as before
    from charts.arena_gap
    where board = 'Arena text' and gap_points is not null
        and source = (select arg_max(source, period_start) from charts.arena_gap where board = 'Arena text')
)
order by day
