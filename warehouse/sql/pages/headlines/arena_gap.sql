-- Newest figure in words, its change to the week before, that change in words, and its date: rating points between the
-- best proprietary and the best open model on the board that goes back to 2023. At most one row.
select
    printf('%.1f', gap_points), round(gap_points - before, 1), signed(round(gap_points - before, 1))
    || ' points in a week', period_start
from (
    select
        period_start, gap_points,
        max(gap_points) over (
            partition by board, source order by period_start
            range between interval 7 days preceding and interval 7 days preceding
        ) as before
    from charts.arena_gap
    where board = 'Arena text'
)
where gap_points is not null
order by period_start desc
limit 1
