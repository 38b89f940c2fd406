-- Sentence: how many notable open models fit one H100 80GB, and which needs most. At most one row.
with at_16 as (
    from charts.gpu_requirements
    where gpu = 'H100 80GB' and precision = '16 bits' and gpus_needed is not null
)
select
    count(*) filter (gpus_needed = 1) || ' of ' || count(*) || ' notable open models fit on one H100 80GB at 16 bits; '
    || arg_max(model, gpus_needed) || ' needs the most: ' || max(gpus_needed) || '.'
from at_16
having count(*) > 0
