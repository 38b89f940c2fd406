-- One row for each series and period: the latest observation, and the series computed from figures of one publication.
with observed as (
    select
        metric, entity, source, basis, basis as input_basis, false as computed, unit,
        period_start, date_precision, observed_at, value, low, high, qualifier, attributes
    from core.observation_latest
    where attributes['withdrawn'] is null
),
score as (
    select
        attributes['benchmark'] as benchmark, attributes['openness'] as openness, attributes['model'] as model,
        source, basis, period_start, date_precision, value, qualifier = 'exact' as is_exact
    from observed
    where metric = 'benchmark_score' and value is not null
),
-- The model with which open models are compared, with its first score.
reference as (
    select benchmark, source, basis, model, arg_min(value, period_start) as value, bool_and(is_exact) as is_exact
    from score
    where model = 'GPT-3.5'
    group by all
),
gap as (
    select
        'benchmark_gap_points' as metric, open.benchmark as entity, source, basis, 'points' as unit,
        period_start, open.date_precision, round(closed.value - open.value, 9) as value,
        open.is_exact and closed.is_exact as is_exact,
        map {'benchmark': open.benchmark, 'model': open.model, 'closed_model': closed.model} as attributes
    from (select * from score where openness = 'open') as open
    join (select * from score where openness = 'closed') as closed using (benchmark, source, basis, period_start)
),
compared as (
    select
        benchmark, source, basis, score.period_start, score.date_precision, score.value,
        reference.value as reference_value, score.is_exact and reference.is_exact as is_exact,
        benchmark || ' / ' || reference.model as entity,
        map {'benchmark': benchmark, 'model': score.model, 'reference_model': reference.model} as attributes
    from score
    join reference using (benchmark, source, basis)
    where score.openness = 'open'
),
reference_gap as (
    select
        'reference_gap_points' as metric, entity, source, basis, 'points' as unit, period_start, date_precision,
        round(reference_value - value, 9) as value, is_exact, attributes
    from compared
),
share as (
    select
        'share_of_reference_score' as metric, entity, source, basis, 'percent' as unit, period_start, date_precision,
        100 * value / nullif(reference_value, 0) as value, is_exact, attributes
    from compared
),
-- Only over the whole set of benchmarks: an average over a changing set would move without any score moving.
average as (
    select
        'share_of_reference_score' as metric,
        'Average / ' || attributes['reference_model'] as entity,
        source, basis, 'percent' as unit, period_start, any_value(date_precision) as date_precision,
        round(avg(value), 9) as value, bool_and(qualifier = 'exact') as is_exact,
        map {
            'benchmark': 'Average', 'reference_model': attributes['reference_model'],
            'benchmarks': string_agg(attributes['benchmark'], ', ' order by attributes['benchmark'])
        } as attributes
    from observed
    where metric = 'share_of_reference_score' and value is not null and attributes['benchmark'] <> 'Average'
    group by attributes['reference_model'], source, basis, period_start
    qualify count(*) = max(count(*)) over (partition by attributes['reference_model'], source, basis)
),
computed as (
    select
        metric, entity, source, 'estimated' as basis, basis as input_basis, true as computed, unit,
        period_start, date_precision, value, null::double as low, null::double as high,
        if(is_exact, 'exact', 'approximate') as qualifier, attributes
    from (from gap union all by name from reference_gap union all by name from share union all by name from average)
)
select series.*, definition.kind
from (from observed union all by name from computed) as series
left join core.metric as definition using (metric)
