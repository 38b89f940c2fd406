-- Index points by which the best closed model leads, with the interval. One row for each month. A part ends where an
-- interval is missing.
select
    as_of as day, gap_points as value, gap_low as low, gap_high as high, source,
    row_number() over (order by as_of) - row_number() over (order by gap_low is null, as_of) as part,
    on_day(as_of) || ': ' || best_closed_model || if(gap_points < 0, ' is behind ', ' leads ') || best_open_model
    || ' by ' || printf('%.1f', abs(gap_points)) || ' points'
    || coalesce(
        ' (gap between ' || printf('%.1f', gap_low) || ' and ' || printf('%.1f', gap_high) || ' with '
        || interval_pct || '% confidence)',
        ' (no interval)'
    ) as sentence
from charts.capability_gap
where gap_points is not null
order by day
