-- Measured speeds in the forty settings with most figures. One row for each setting, model and accelerator.
with described as (
    select
        *,
        concat_ws(
            ', ', isl || ' tokens in', osl || ' out', concurrency || ' at once', precision, framework,
            gpus || if(gpus = 1, ' accelerator', ' accelerators'), if(disaggregated, 'disaggregated', null), counted
        ) as described
    from charts.inference_speed
    where basis = 'measured' and tokens_per_second > 0
),
-- Settings that differ only in what the description leaves out get a number.
numbered as (
    select *, dense_rank() over (partition by described order by settings) as variant from described
),
speed as (
    select
        *,
        described
        || if(max(variant) over (partition by described) > 1, ' · variant ' || variant, '') as setting
    from numbered
),
common as (
    select setting, count(*) as figures from speed
    group by setting
    order by figures desc, setting limit 40
)
select
    setting, model as row, hardware as series, tokens_per_second as value, source,
    model || ' on ' || hardware || ': ' || digits(tokens_per_second) || ' tokens per second, ' || setting as sentence
from speed
join common using (setting)
order by figures desc, setting, max(tokens_per_second) over (partition by setting, model) desc, row, series
