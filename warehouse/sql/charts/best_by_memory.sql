-- One row for each board, day, kind and size of memory: the best open model that fits.
with assumed as (
    select map(list(assumption), list(value)) as assumed from core.memory_assumption
),
memory as (
    select kind, memory_gb, accelerators, core.usable_gb(memory_gb, kind, accelerators, assumed) as usable_gb
    from (
        values
            ('accelerator', 8, 1), ('accelerator', 16, 1), ('accelerator', 24, 1), ('accelerator', 32, 1),
            ('accelerator', 64, 1), ('accelerator', 80, 1), ('accelerator', 640, 8),
            ('laptop', 8, null), ('laptop', 16, null), ('laptop', 32, null), ('laptop', 64, null), ('laptop', 128, null)
    ) as size (kind, memory_gb, accelerators)
    cross join assumed
),
matched as (
    select
        match.system, match.name, match.id,
        coalesce(measured.parameters_b, notable.parameters_b) as parameters_b,
        if(measured.parameters_b is null, 'published', 'measured') as parameters_source,
        core.kv_cache_gb(notable.kv_cache_bytes_per_token, assumed) as kv_cache_gb, assumed
    from core.model_match as match
    cross join assumed
    left join core.model as measured using (hub_id)
    left join core.notable_model as notable on notable.id = match.id
    where measured.parameters_b is not null or notable.parameters_b is not null
),
weighed as (
    select *, core.weights_gb(parameters_b, bits, assumed) + kv_cache_gb as needed_gb
    from matched
    cross join (values (16), (8), (4)) as form (bits)
),
fitting as (
    select * exclude (assumed, kv_cache_gb)
    from weighed
    join memory on needed_gb <= usable_gb
    qualify row_number() over (partition by system, name, kind, memory_gb order by bits desc) = 1
),
score as (
    select
        benchmark as board, source, regexp_replace(source, '^sandbox_', '') as system,
        coalesce(model_group, model) as model, published_on, released_on, score as rating
    from core.benchmark_score
    where
        openness = 'open'
        and (
            (unit = 'rating points' and coalesce(votes >= 100, true))
            or (benchmark = 'Epoch Capabilities Index' and released_on is not null)
        )
),
-- The index states present scores only: what was released up to a day counts on that day.
standing as (
    select board, source, system, model, published_on as day, rating
    from score
    where published_on is not null
    union all
    select score.board, score.source, score.system, score.model, release.day, score.rating
    from score
    join (
        select distinct board, source, released_on as day from score where published_on is null
    ) as release using (board, source)
    where score.published_on is null and score.released_on <= release.day
)
select
    standing.day as period_start, 'day' as date_precision, standing.board, fitting.kind, fitting.memory_gb,
    fitting.accelerators,
    standing.model, fitting.id, standing.rating, fitting.parameters_b, fitting.parameters_source, fitting.bits,
    fitting.needed_gb, count(distinct fitting.id) over one_cell as models, 'estimated' as basis, standing.source
from standing
join fitting on fitting.system = standing.system and fitting.name = standing.model
where standing.day >= '2023-01-01'
window one_cell as (partition by standing.board, standing.source, standing.day, fitting.kind, fitting.memory_gb)
qualify
    row_number() over (
        partition by standing.board, standing.source, standing.day, fitting.kind, fitting.memory_gb
        order by standing.rating desc, fitting.parameters_b, standing.model
    ) = 1
