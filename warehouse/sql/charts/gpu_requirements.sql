-- One row for each notable model, precision and accelerator: memory and the number of accelerators needed.
with
assumed as (
    select map(list(assumption), list(value)) as assumed from core.memory_assumption
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
        core.kv_cache_gb(notable.kv_cache_bytes_per_token, assumed) as kv_cache_gb,
        assumed, walk.source as walk, notable.evidence_url
    from core.notable_model as notable
    cross join assumed
    left join repository using (id)
    left join core.model as measured using (hub_id)
    left join walk on true
),
form (bits) as (values (16), (8), (4)),
weighed as (
    select
        * exclude (assumed), format('{} bits', bits) as precision,
        core.weights_gb(parameters_b, bits, assumed) as memory_gb,
        if(parameters_source = 'measured', walk, 'curated') as source
    from sized
    cross join form
    union all by name
    select * exclude (assumed), 'as stored' as precision, stored_gb as memory_gb, walk as source
    from sized
    where stored_gb is not null
),
card as (
    select
        hardware as gpu, memory_gb as gpu_memory_gb,
        core.usable_gb(memory_gb, kind, 1, assumed) as gpu_usable_gb
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
