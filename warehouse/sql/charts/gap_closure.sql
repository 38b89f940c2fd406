-- One row for each benchmark, reference model and day: the best open score in percent of the reference's score, as
-- published; or measured, with the reference's score as first recorded.
with reference as (
    select
        score.source, score.benchmark, pinned.reference_model,
        arg_min(score.score, score.recorded_at) as score, min(score.recorded_at)::date as known_on
    from base.benchmark_score as score
    join core.reference_model as pinned
        on pinned.system = regexp_replace(score.source, '^sandbox_', '') and pinned.model = score.model
    where score.unit = 'percent' and not score.is_withdrawn
    group by all
),
best_open as (
    select period_start, date_precision, benchmark, best_open_model, best_open_pct, open_models, basis, source
    from charts.benchmark_gap
    where basis = 'measured' and best_open_model is not null
    qualify best_open_model is distinct from
        lag(best_open_model) over (partition by source, benchmark order by period_start)
),
measured as (
    select
        period_start, date_precision, benchmark, reference_model,
        100 * best_open_pct / nullif(reference.score, 0) as share_pct, 'exact' as qualifier,
        best_open_model, best_open_pct, reference.score as reference_pct, reference.known_on as reference_known_on,
        open_models, basis, best_open.source
    from best_open
    join reference using (source, benchmark)
)
select
    period_start, date_precision, attributes['benchmark'] as benchmark,
    attributes['reference_model'] as reference_model, value as share_pct, qualifier, change as change_points,
    attributes['note'] as note, null::varchar as best_open_model, null::double as best_open_pct,
    null::double as reference_pct, null::date as reference_known_on, null::bigint as open_models, basis, source
from growth.reading
where metric = 'share_of_reference_score'
union all by name
select
    *,
    share_pct - lag(share_pct) over (partition by source, benchmark, reference_model order by period_start)
        as change_points,
    null::varchar as note
from measured
