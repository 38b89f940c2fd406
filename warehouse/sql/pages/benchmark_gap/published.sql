-- Published scores of the best open and the best closed model. One row for each date and kind of model.
select
    period_start as day, series, value, source, series as label,
    in_month(period_start) || ', ' || series || ': ' || coalesce(model, 'not named') || ', ' || digits(value)
    || '% (gap ' || printf('%.1f', gap_points) || ' points)' as sentence
from (
    select *, 'best closed' as series, best_closed_pct as value, best_closed_model as model
    from charts.benchmark_gap
    union all
    select *, 'best open', best_open_pct, best_open_model from charts.benchmark_gap
)
where basis = 'published' and value is not null
order by series, day
