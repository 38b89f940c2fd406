-- Accelerators that hold the weights of a model. One row for each model, accelerator and precision.
select
    gpu || ', ' || precision as what, released_on as day, gpus_needed as value, source,
    if(
        row_number() over (partition by gpu, precision order by gpus_needed desc, released_on desc, model) = 1,
        model,
        null
    ) as label,
    model || ' (' || coalesce(digits(parameters_b) || 'B', 'size unknown')
    || coalesce(', ' || digits(active_parameters_b) || 'B active', '') || '): ' || gpus_needed || ' × '
    || gpu || ', ' || precision || ', ' || digits(memory_gb) || ' GB of weights' as sentence
from charts.gpu_requirements
where gpus_needed is not null
order by gpu <> 'H100 80GB', gpu_memory_gb desc, gpu, precision <> '16 bits', precision, day, model
