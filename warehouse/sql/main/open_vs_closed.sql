-- One row for each benchmark: the best open and the best closed model of the newest day, the points between them, and
-- how long the open one is behind.
with gap as (
    select
        board as benchmark, 'rating points' as unit, period_start as day,
        best_open_model, best_open_rating as best_open, best_proprietary_model as best_closed_model,
        best_proprietary_rating as best_closed, gap_points, gap_low, gap_high, interval_pct, lag_months, lag_censoring,
        source
    from charts.arena_gap
    where basis = 'measured'
    union all by name
    select
        'Epoch Capabilities Index' as benchmark, 'index points' as unit, as_of as day,
        best_open_model, best_open_score as best_open, best_closed_model,
        best_closed_score as best_closed, gap_points, gap_low, gap_high, interval_pct, lag_months, lag_censoring,
        source
    from charts.capability_gap
    union all by name
    select
        benchmark, 'percent' as unit, period_start as day,
        best_open_model, best_open_pct as best_open, best_closed_model,
        best_closed_pct as best_closed, gap_points, source
    from charts.benchmark_gap
    where basis = 'measured'
)
select
    benchmark, best_open_model, best_open, best_closed_model, best_closed, gap_points, gap_low, gap_high, interval_pct,
    lag_months, lag_censoring, unit, day, source
from gap
qualify row_number() over (partition by benchmark order by day desc, source) = 1
order by benchmark
