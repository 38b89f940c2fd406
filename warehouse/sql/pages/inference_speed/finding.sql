-- Sentence: the highest measured speed; before the first, the highest published one. At most one row.
with reported as (
    select
        arg_max(model, tokens_per_second) as model, arg_max(hardware, tokens_per_second) as hardware,
        arg_max(qualified(digits(tokens_per_second), qualifier), tokens_per_second) as speed
    from charts.inference_speed
    where basis = 'published'
),
measured as (
    select model, hardware, tokens_per_second
    from charts.inference_speed
    where basis = 'measured' and tokens_per_second is not null and counted not like '%agents'
    qualify row_number() over (order by tokens_per_second desc) = 1
),
settings as (
    select count(*) as figures from charts.inference_speed
    where basis = 'measured' and counted not like '%agents'
)
select
    coalesce(
        'The highest of ' || whole(figures) || ' measured speeds: ' || measured.model || ' on ' || measured.hardware
        || ', ' || whole(tokens_per_second) || ' tokens per second per accelerator.',
        'The highest reported speed is that of ' || reported.model || ' on the ' || reported.hardware || ': ' || speed
        || ' tokens per second.'
    )
from (select 1) left join reported on true left join measured on true left join settings on true
where reported.model is not null or measured.model is not null
