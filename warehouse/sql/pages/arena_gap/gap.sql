-- Rating points by which the best closed model leads, with the interval. One row for each board and day.
select
    board, period_start as day, gap_points as value, gap_low as low, gap_high as high, source,
    on_day(period_start) || ': ' || coalesce(best_proprietary_model, 'none') || ' leads '
    || coalesce(best_open_model, 'none') || ' by ' || printf('%.1f', gap_points) || ' points'
    || coalesce(' (between ' || printf('%.1f', gap_low) || ' and ' || printf('%.1f', gap_high) || ')', '') as sentence
from charts.arena_gap
where gap_points is not null
order by board, day
