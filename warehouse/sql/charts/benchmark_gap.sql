-- One row for each benchmark and day: the best open and the best closed model, as published; or measured, as the best
-- of all models released up to each day on which one of them changed.
with printed_score as (
    select
        source, basis, period_start, date_precision, value, qualifier,
        attributes['benchmark'] as benchmark, attributes['openness'] as openness, attributes['model'] as model
    from core.observation_latest
    where metric = 'benchmark_score' and attributes['withdrawn'] is null
),
printed as (
    select
        period_start, coalesce(open.date_precision, closed.date_precision) as date_precision, benchmark,
        open.model as best_open_model, open.value as best_open_pct,
        closed.model as best_closed_model, closed.value as best_closed_pct,
        round(closed.value - open.value, 9) as gap_points, basis, source
    from (select * from printed_score where openness = 'open') as open
    full join (select * from printed_score where openness = 'closed') as closed
        using (benchmark, source, basis, period_start)
),
run as (
    select source, benchmark, model, openness, score, released_on as day
    from core.benchmark_score
    where source in ('epoch_benchmarks', 'sandbox_epoch_benchmarks') and unit = 'percent'
        and openness <> 'unknown' and released_on is not null
),
best_so_far as (
    select
        source, benchmark, day,
        max({'score': score, 'model': model}) filter (openness = 'open') over so_far as open,
        max({'score': score, 'model': model}) filter (openness = 'proprietary') over so_far as closed,
        count(*) filter (openness = 'open') over so_far as open_models,
        count(*) filter (openness = 'proprietary') over so_far as closed_models
    from run
    -- All models of a day come together, for a range of days includes its last day whole.
    window so_far as (
        partition by source, benchmark order by day range between unbounded preceding and current row
    )
),
day_by_day as (select distinct * from best_so_far),
changed as (
    select *
    from day_by_day
    qualify (open, closed) is distinct from lag((open, closed)) over (partition by source, benchmark order by day)
)
select *, null::bigint as open_models, null::bigint as closed_models
from printed
union all by name
select
    day as period_start, 'day' as date_precision, benchmark,
    open.model as best_open_model, open.score as best_open_pct,
    closed.model as best_closed_model, closed.score as best_closed_pct,
    round(closed.score - open.score, 9) as gap_points,
    round(100 * (closed.score - open.score) / (scale.ceiling_pct - scale.chance_pct), 9) as corrected_gap_points,
    open_models, closed_models, 'measured' as basis, source
from changed
left join core.benchmark_scale as scale using (source, benchmark)
