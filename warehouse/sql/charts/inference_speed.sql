-- One row for each model, hardware, setting and source: generated tokens per second, as published or measured.
with parameters as (
    select entity as model, source, basis, period_start, value
    from growth.reading
    where metric = 'model_parameters_b'
)
select
    speed.period_start, speed.date_precision, speed.attributes['model'] as model,
    parameters.value as parameters_b, speed.attributes['hardware'] as hardware,
    speed.value as tokens_per_second, speed.qualifier, speed.attributes['note'] as note,
    'not stated' as counted, '' as settings, speed.basis, speed.source
from growth.reading as speed
left join parameters
    on parameters.model = speed.attributes['model']
    and parameters.source = speed.source
    and parameters.basis = speed.basis
    and parameters.period_start = speed.period_start
where speed.metric = 'inference_tokens_per_second'
union all by name
-- Generated tokens only: a speed that includes the prompt is another figure. The newest day of each setting.
select
    measured_on as period_start, 'day' as date_precision, model, max(parameters_b) as parameters_b, hardware,
    median(output_tokens_per_second) as tokens_per_second, 'exact' as qualifier,
    if(count(*) > 1, format('median of {} runs', count(*)), null) as note,
    'generated tokens of a ' || counted_per || ', all requests together'
    || if(settings like '%benchmark_type=agentic_traces%', ', replaying traces of agents', '') as counted,
    gpus, framework, precision, disaggregated, settings, isl, osl, concurrency, 'measured' as basis, source
from core.inference_result
where output_tokens_per_second is not null and model is not null and hardware is not null and measured_on is not null
group by
    source, model, hardware, gpus, framework, precision, disaggregated, settings, isl, osl, concurrency, counted_per,
    measured_on
qualify row_number() over (
    partition by
        source, model, hardware, gpus, framework, precision, disaggregated, settings, isl, osl, concurrency, counted_per
    order by measured_on desc
) = 1
