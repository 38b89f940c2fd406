-- One row for each notable model, precision and accelerator: memory and the number of accelerators needed.
with
assumed as (
    select
        max(value) filter (assumption = 'kv_cache_tokens') as kv_cache_tokens,
        max(value) filter (assumption = 'kv_cache_bytes_per_token') as kv_cache_bytes_per_token,
        max(value) filter (assumption = 'gpu_usable_share') as gpu_usable_share,
        max(value) filter (assumption = 'gpu_overhead_gb') as gpu_overhead_gb,
        max(value) filter (assumption = 'laptop_usable_share') as unified_usable_share,
        max(value) filter (assumption = 'laptop_overhead_gb') as unified_overhead_gb,
        max(value) filter (assumption = 'bits_per_weight_at_4_bits') as bits_at_4
    from core.memory_assumption
),
walk as (
    select source
    from growth.series
    where metric = 'hub_models' and basis = 'measured'
    order by period_start desc
    limit 1
),
-- The repository that has the name now, or had it last.
repository as (
    select id, arg_max(hub_id, last_seen) as hub_id
    from core.model_name
    where id in (select id from core.notable_model)
    group by id
),
sized as (
    select
        notable.title as model, notable.id, notable.released_on, notable.date_precision, notable.active_parameters_b,
        coalesce(measured.parameters_b, notable.parameters_b) as parameters_b,
        if(measured.parameters_b is null, 'published', 'measured') as parameters_source,
        if(measured.memory_qualifier = 'exact', measured.memory_gb, null) as stored_gb,
        coalesce(notable.kv_cache_bytes_per_token, assumed.kv_cache_bytes_per_token) * assumed.kv_cache_tokens / 1e9
            as kv_cache_gb,
        assumed.bits_at_4, walk.source as walk, notable.evidence_url
    from core.notable_model as notable
    cross join assumed
    left join repository using (id)
    left join core.model as measured using (hub_id)
    left join walk on true
),
form (bits) as (values (16), (8), (4)),
weighed as (
    select
        * exclude (bits_at_4), format('{} bits', bits) as precision,
        parameters_b * if(bits = 4, bits_at_4, bits) / 8 as memory_gb,
        if(parameters_source = 'measured', walk, 'curated') as source
    from sized
    cross join form
    union all by name
    select * exclude (bits_at_4), 'as stored' as precision, stored_gb as memory_gb, walk as source
    from sized
    where stored_gb is not null
),
card as (
    select
        hardware as gpu, memory_gb as gpu_memory_gb,
        -- Unified memory holds the system and programs too, as in a laptop.
        if(
            kind = 'unified',
            memory_gb * unified_usable_share - unified_overhead_gb,
            memory_gb * gpu_usable_share - gpu_overhead_gb
        ) as gpu_usable_gb
    from core.hardware
    cross join assumed
)
select
    model, id, released_on, date_precision, parameters_b, parameters_source, active_parameters_b, precision, bits,
    memory_gb, kv_cache_gb, gpu, gpu_memory_gb, gpu_usable_gb,
    -- Rounding error must not add a card.
    ceil(round(memory_gb / gpu_memory_gb, 9))::integer as gpus_for_weights,
    ceil(round((memory_gb + kv_cache_gb) / gpu_usable_gb, 9))::integer as gpus_needed,
    'estimated' as basis, source, evidence_url
from weighed
cross join card
