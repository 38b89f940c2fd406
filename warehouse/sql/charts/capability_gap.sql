-- One row for each month: the best open and the best closed model by the Epoch Capabilities Index of those released up
-- to its end, with the scores known today, and how long closed models had already had the score of the best open one.
with model as (
    select source, model, openness, score, low, high, released_on
    from core.benchmark_score
    where benchmark = 'Epoch Capabilities Index' and released_on is not null
),
-- The last day of which the source speaks: a model that is announced for later is not out yet.
known as (
    select source, max(day) as known_on
    from (
        select source, recorded_at::date as day
        from base.benchmark_score
        where source in ('epoch_benchmarks', 'sandbox_epoch_benchmarks')
        union all
        select source, finished_at::date as day
        from meta.collection
        where status = 'complete' or (status = 'partial' and rows > 0)
    )
    group by source
),
month as (
    select
        source, period_start::date as period_start,
        least((period_start + interval 1 month - interval 1 day)::date, known_on) as as_of
    from (
        select source, known_on, unnest(generate_series(
            date_trunc('month', min(released_on))::timestamp, known_on::timestamp, interval 1 month
        )) as period_start
        from model
        join known using (source)
        where openness <> 'unknown'
        group by source, known_on
    )
),
released as (
    select month.period_start, month.as_of, model.*
    from month
    join model on model.source = month.source and model.released_on <= month.as_of
),
best as (
    select
        *,
        -- NULL without an interval: greatest() alone would ignore the NULL and return 0.
        if(low is not null, greatest(score - low, 0), null) as below,
        if(high is not null, greatest(high - score, 0), null) as above
    from released
    where openness <> 'unknown'
    qualify row_number() over (
        partition by source, period_start, openness order by score desc, released_on, model
    ) = 1
),
counted as (
    select
        source, period_start,
        count(*) filter (openness = 'open') as open_models,
        count(*) filter (openness = 'proprietary') as closed_models,
        count(*) filter (openness = 'unknown') as unknown_models,
        min(released_on) filter (openness = 'proprietary') as first_closed_on
    from released
    group by all
),
reached as (
    select
        open.source, open.period_start,
        arg_min(ahead.model, (ahead.released_on, -ahead.score, ahead.model))
            filter (ahead.score >= open.score) as model,
        min(ahead.released_on) filter (ahead.score >= open.score) as released_on,
        -- An anchor of the index has no interval: its score is fixed.
        min(ahead.released_on) filter (coalesce(ahead.low, ahead.score) >= open.high) as surely_on,
        min(ahead.released_on) filter (coalesce(ahead.high, ahead.score) >= open.low) as perhaps_on
    from best as open
    join released as ahead
        on ahead.source = open.source and ahead.period_start = open.period_start and ahead.openness = 'proprietary'
    where open.openness = 'open'
    group by all
)
select
    month.period_start, 'month' as date_precision, month.as_of,
    open.model as best_open_model, open.score as best_open_score, open.low as best_open_low,
    open.high as best_open_high, open.released_on as best_open_released_on,
    closed.model as best_closed_model, closed.score as best_closed_score, closed.low as best_closed_low,
    closed.high as best_closed_high, closed.released_on as best_closed_released_on,
    round(closed.score - open.score, 9) as gap_points,
    closed.score - open.score - sqrt(pow(closed.below, 2) + pow(open.above, 2)) as gap_low,
    closed.score - open.score + sqrt(pow(closed.above, 2) + pow(open.below, 2)) as gap_high,
    if(
        coalesce(open.low, open.high, closed.low, closed.high) is not null, 90, null
    ) as interval_pct,
    reached.model as first_closed_model, reached.released_on as first_closed_released_on,
    date_diff('day', reached.released_on, month.as_of) / 30.4375 as lag_months,
    case
        when reached.perhaps_on is null or open.high is null then null
        when reached.surely_on is null then 0
        else date_diff('day', reached.surely_on, month.as_of) / 30.4375
    end as lag_low_months,
    if(open.high is not null, date_diff('day', reached.perhaps_on, month.as_of) / 30.4375, null) as lag_high_months,
    case
        when open.model is null or closed.model is null then null
        when reached.released_on is null then 'right'
        when reached.released_on = counted.first_closed_on then 'left'
        else 'none'
    end as lag_censoring,
    coalesce(counted.open_models, 0) as open_models, coalesce(counted.closed_models, 0) as closed_models,
    coalesce(counted.unknown_models, 0) as unknown_models, 'measured' as basis, month.source
from month
left join counted using (source, period_start)
left join best as open
    on open.source = month.source and open.period_start = month.period_start and open.openness = 'open'
left join best as closed
    on closed.source = month.source and closed.period_start = month.period_start and closed.openness = 'proprietary'
left join reached on reached.source = month.source and reached.period_start = month.period_start
