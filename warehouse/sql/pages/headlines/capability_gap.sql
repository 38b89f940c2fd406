-- Index points between the best closed and the best open model by the Epoch Capabilities Index, with today's scores.
-- One row for each month, in order of time; no line is drawn between two rows of different `stretch`.
select
    as_of as day, gap_points as value, printf('%.1f', gap_points) as shown,
    round(gap_points - before, 1) as change,
    coalesce(signed(round(gap_points - before, 1)) || ' points in a month', 'no figure for the month before')
        as change_in_words,
    count(*) filter (gap_points is null) over (order by period_start) as stretch
from (
    select
        period_start, as_of, gap_points,
        max(gap_points) over (
            partition by source order by period_start
            range between interval 1 month preceding and interval 1 month preceding
        ) as before
    from charts.capability_gap
)
order by day
