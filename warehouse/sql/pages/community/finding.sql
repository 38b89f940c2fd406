-- Sentence: the community with the largest growth in the newest week; before that, as published. One row.
with reported as (
    select
        entity, arg_max_null(growth_pct, period_start) as growth_pct, min(period_start) as first_on,
        max(period_start) as last_on
    from charts.community
    where basis = 'published'
    group by entity
    having count(*) > 1
    order by growth_pct desc limit 1
),
measured as (
    select entity, members, growth_pct from charts.community
    where basis = 'measured' and growth_pct is not null
    qualify dense_rank() over (order by date_trunc('week', period_start) desc) = 1
        and row_number() over (order by date_trunc('week', period_start) desc, growth_pct desc) = 1
)
select
    coalesce(
        'In the newest week ' || measured.entity
        || if(measured.growth_pct < 0, ' lost the least: ', ' grew the most: ') || percent(measured.growth_pct)
        || ' to ' || short(members) || '.',
        'From ' || in_month(first_on) || ' to ' || in_month(last_on) || ' ' || reported.entity
        || ' had the largest reported growth: ' || percent(round(reported.growth_pct)) || '.'
    )
from (select 1) left join reported on true left join measured on true
