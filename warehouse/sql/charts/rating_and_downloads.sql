-- One row for each board and model of its newest state that matches a repository: its rating beside its use.
with assumed as (
    select map(list(assumption), list(value)) as assumed from core.memory_assumption
),
newest as (
    select
        *, benchmark as board, regexp_replace(source, '^sandbox_', '') as system,
        coalesce(model_group, model) as name, coalesce(published_on, recorded_at::date) as day
    from core.benchmark_score
    where unit = 'rating points' or benchmark = 'Epoch Capabilities Index'
    qualify
        published_on is not distinct from max(published_on) over (partition by source, benchmark)
        and row_number() over (partition by source, benchmark, name, published_on order by model) = 1
),
matched as (
    select
        newest.*, match.id, match.method as match_method, model.hub_id, model.model_key, model.parameters_b
    from newest
    join core.model_match as match using (system, name)
    join core.model as model on model.hub_id = match.hub_id
),
reading as (
    select
        model_key, max(week) as week, arg_max(downloads_30d, week) as downloads_30d, arg_max(likes, week) as likes
    from base.model_week
    where model_key in (select model_key from matched) and week = (select max(week) from base.model_week)
    group by model_key
),
derived as (
    select edge.parent_key as model_key, count(distinct edge.child_key) as derivatives
    from base.model_edge as edge
    join core.model as child on child.model_key = edge.child_key and child.last_seen = edge.last_seen
    where edge.parent_key in (select model_key from matched) and child.removed_in is null
    group by all
)
select
    matched.day as period_start, 'day' as date_precision, matched.board, matched.name as model, matched.id,
    matched.hub_id, matched.match_method, matched.score as rating, matched.low as rating_low,
    matched.high as rating_high, matched.parameters_b,
    ceil(round(
        (core.weights_gb(matched.parameters_b, 16, assumed) + core.kv_cache_gb(null, assumed))
        / core.usable_gb(80, 'accelerator', 1, assumed), 9
    ))::integer as accelerators_80_gb,
    reading.week, reading.downloads_30d, reading.likes, coalesce(derived.derivatives, 0) as derivatives,
    'measured' as basis, matched.source
from matched
cross join assumed
left join reading using (model_key)
left join derived using (model_key)
