-- Sentence: the highest published and the highest measured speed. At most one row.
with printed as (
    select
        arg_max(model, tokens_per_second) as model, arg_max(hardware, tokens_per_second) as hardware,
        arg_max(qualified(digits(tokens_per_second), qualifier), tokens_per_second) as speed
    from charts.inference_speed
    where basis = 'published'
),
measured as (
    select model, hardware, tokens_per_second
    from charts.inference_speed
    where basis = 'measured' and tokens_per_second is not null
    qualify row_number() over (order by tokens_per_second desc) = 1
),
settings as (
    select count(*) as figures from charts.inference_speed
    where basis = 'measured'
)
select
    concat_ws(
        ' ',
        'Of the printed speeds ' || printed.model || ' on the ' || printed.hardware || ' is the highest, ' || speed
        || ' tokens per second.',
        'Of ' || whole(figures) || ' measured ones ' || measured.model || ' on ' || measured.hardware || ' is, with '
        || whole(tokens_per_second) || ' per accelerator; compare within one setting only.'
    )
from (select 1) left join printed on true left join measured on true left join settings on true
where printed.model is not null or measured.model is not null
