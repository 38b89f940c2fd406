-- One row for each benchmark: the best open and the best closed model of the newest day, and the points between them.
with gap as (
    select
        board as benchmark, 'rating points' as unit, period_start as day,
        best_open_model, best_open_rating as best_open, best_proprietary_model as best_closed_model,
        best_proprietary_rating as best_closed, gap_points, gap_low, gap_high, source
    from charts.arena_gap
    where basis = 'measured'
    union all by name
    select
        benchmark, 'percent' as unit, period_start as day,
        best_open_model, best_open_pct as best_open, best_closed_model,
        best_closed_pct as best_closed, gap_points, source
    from charts.benchmark_gap
    where basis = 'measured'
)
select
    benchmark, best_open_model, best_open, best_closed_model, best_closed, gap_points, gap_low, gap_high, unit, day,
    source
from gap
qualify row_number() over (partition by benchmark order by day desc, source) = 1
order by benchmark
