-- Newest figure in words, its change to the month before, that change in words, and its date: index points between the
-- best closed and the best open model by the Epoch Capabilities Index. At most one row; none if the newest month has no
-- gap.
select
    printf('%.1f', gap_points), round(gap_points - before, 1),
    coalesce(signed(round(gap_points - before, 1)) || ' points in a month', 'no figure for the month before'), as_of
from (
    select
        as_of, gap_points,
        max(gap_points) over (
            partition by source order by period_start
            range between interval 1 month preceding and interval 1 month preceding
        ) as before
    from charts.capability_gap
    order by period_start desc
    limit 1
)
where gap_points is not null
