-- One row for each benchmark, reference model and day: the best open score in percent of the reference's score, as
-- published; or measured, against the best closed model of the day and, until it was reached, against a pinned model.
with pinned_score as (
    select
        score.source, score.benchmark, pinned.reference_model, pinned.model as reference_version,
        arg_min(score.score, score.recorded_at) as score, min(score.recorded_at)::date as known_on
    from base.benchmark_score as score
    join core.reference_model as pinned
        on pinned.system = regexp_replace(score.source, '^sandbox_', '') and pinned.model = score.model
    where score.unit = 'percent' and not score.is_withdrawn
    group by all
),
measured_gap as (
    select *
    from charts.benchmark_gap
    where basis = 'measured' and best_open_model is not null
),
best_open as (
    select *
    from measured_gap
    qualify best_open_model is distinct from
        lag(best_open_model) over (partition by source, benchmark order by period_start)
),
compared as (
    select
        best_open.*, pinned.reference_model, pinned.reference_version, pinned.score as reference_pct,
        pinned.known_on as reference_known_on,
        max(best_open_pct) over (partition by source, benchmark, pinned.reference_model) >= pinned.score as is_closed
    from best_open
    join pinned_score as pinned using (source, benchmark)
    -- The comparison is closed on the day on which the reference was reached.
    qualify coalesce(
        max(best_open_pct) over (
            partition by source, benchmark, pinned.reference_model order by period_start
            rows between unbounded preceding and 1 preceding
        ) < pinned.score, true
    )
    union all by name
    select
        *, 'Best closed model' as reference_model, best_closed_model as reference_version,
        best_closed_pct as reference_pct, false as is_closed
    from measured_gap
    where best_closed_model is not null
),
measured as (
    select
        period_start, date_precision, benchmark, reference_model, reference_version,
        100 * best_open_pct / nullif(reference_pct, 0) as share_pct,
        if(
            reference_pct > scale.chance_pct,
            100 * (best_open_pct - scale.chance_pct) / (reference_pct - scale.chance_pct), null
        ) as corrected_share_pct,
        scale.chance_pct, 'exact' as qualifier,
        best_open_model, best_open_pct, reference_pct, reference_known_on, is_closed, open_models, basis,
        compared.source
    from compared
    left join core.benchmark_scale as scale using (source, benchmark)
)
select
    period_start, date_precision, attributes['benchmark'] as benchmark,
    attributes['reference_model'] as reference_model, value as share_pct, qualifier, change as change_points,
    attributes['note'] as note, true as is_closed, basis, source
from growth.reading
where metric = 'share_of_reference_score'
union all by name
select
    *,
    share_pct - lag(share_pct) over (partition by source, benchmark, reference_model order by period_start)
        as change_points
from measured
