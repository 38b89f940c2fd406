with parameters as (
    select entity as model, source, basis, period_start, value
    from growth.reading
    where metric = 'model_parameters_b'
)
select
    speed.period_start, speed.date_precision, speed.attributes['model'] as model,
    parameters.value as parameters_b, speed.attributes['hardware'] as hardware,
    speed.value as tokens_per_second, speed.qualifier, speed.attributes['note'] as note, speed.basis, speed.source
from growth.reading as speed
left join parameters
    on parameters.model = speed.attributes['model']
    and parameters.source = speed.source
    and parameters.basis = speed.basis
    and parameters.period_start = speed.period_start
where speed.metric = 'inference_tokens_per_second'
