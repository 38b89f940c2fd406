-- Best scores known of open and closed models released up to a day. One row for each benchmark, day and kind of model.
select
    benchmark, period_start as day, series, value, source, series as label,
    on_day(period_start) || ', ' || series || ' on ' || benchmark || ': ' || coalesce(model, 'none') || ', '
    || digits(value) || '%' || coalesce(' (gap ' || printf('%.1f', gap_points) || ' points)', '') as sentence
from (
    select *, 'best closed' as series, best_closed_pct as value, best_closed_model as model
    from charts.benchmark_gap
    union all
    select *, 'best open', best_open_pct, best_open_model from charts.benchmark_gap
)
where basis = 'measured' and value is not null
order by benchmark, series, day
