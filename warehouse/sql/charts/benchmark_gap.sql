with score as (
    select
        source, basis, period_start, date_precision, value, qualifier,
        attributes['benchmark'] as benchmark, attributes['openness'] as openness, attributes['model'] as model
    from growth.reading
    where metric = 'benchmark_score'
)
select
    period_start, coalesce(open.date_precision, closed.date_precision) as date_precision, benchmark,
    open.model as best_open_model, open.value as best_open_pct,
    closed.model as best_closed_model, closed.value as best_closed_pct,
    gap.value as gap_points, basis, source
from (select * from score where openness = 'open') as open
full join (select * from score where openness = 'closed') as closed using (benchmark, source, basis, period_start)
left join (
    select entity as benchmark, source, input_basis as basis, period_start, value
    from growth.series
    where metric = 'benchmark_gap_points'
) as gap using (benchmark, source, basis, period_start)
