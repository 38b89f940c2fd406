-- One row for each board, day and memory: the best open model that fits, by the rule of charts.gpu_requirements.
with assumed as (
    select
        max(value) filter (assumption = 'kv_cache_tokens') as kv_cache_tokens,
        max(value) filter (assumption = 'kv_cache_bytes_per_token') as kv_cache_bytes_per_token,
        max(value) filter (assumption = 'gpu_usable_share') as usable_share,
        max(value) filter (assumption = 'gpu_overhead_gb') as overhead_gb,
        max(value) filter (assumption = 'bits_per_weight_at_4_bits') as bits_at_4
    from core.memory_assumption
),
memory as (
    select
        memory_gb, accelerators,
        memory_gb * usable_share - accelerators * overhead_gb as usable_gb
    from (values (8, 1), (16, 1), (24, 1), (32, 1), (64, 1), (80, 1), (640, 8)) as size (memory_gb, accelerators)
    cross join assumed
),
matched as (
    select
        match.system, match.name, match.id,
        coalesce(measured.parameters_b, notable.parameters_b) as parameters_b,
        if(measured.parameters_b is null, 'published', 'measured') as parameters_source,
        coalesce(notable.kv_cache_bytes_per_token, assumed.kv_cache_bytes_per_token) * assumed.kv_cache_tokens / 1e9
            as kv_cache_gb,
        assumed.bits_at_4
    from core.model_match as match
    cross join assumed
    left join core.model as measured using (hub_id)
    left join core.notable_model as notable on notable.id = match.id
    where measured.parameters_b is not null or notable.parameters_b is not null
),
weighed as (
    select *, parameters_b * if(bits = 4, bits_at_4, bits) / 8 + kv_cache_gb as needed_gb
    from matched
    cross join (values (16), (8), (4)) as form (bits)
),
fitting as (
    select * exclude (bits_at_4, kv_cache_gb)
    from weighed
    join memory on needed_gb <= usable_gb
    qualify row_number() over (partition by system, name, memory_gb order by bits desc) = 1
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
    standing.day as period_start, 'day' as date_precision, standing.board, fitting.memory_gb, fitting.accelerators,
    standing.model, fitting.id, standing.rating, fitting.parameters_b, fitting.parameters_source, fitting.bits,
    fitting.needed_gb, count(distinct fitting.id) over one_cell as models, 'estimated' as basis, standing.source
from standing
join fitting on fitting.system = standing.system and fitting.name = standing.model
where standing.day >= '2023-01-01'
window one_cell as (partition by standing.board, standing.source, standing.day, fitting.memory_gb)
qualify
    row_number() over (
        partition by standing.board, standing.source, standing.day, fitting.memory_gb
        order by standing.rating desc, fitting.parameters_b, standing.model
    ) = 1
