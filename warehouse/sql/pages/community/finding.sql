-- Sentence: the community with the largest growth, published and in the newest week. One row.
with printed as (
    select
        entity, arg_max(growth_pct, period_start) as growth_pct, min(period_start) as first_on,
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
    concat_ws(
        ' ',
        printed.entity || ' grew most from ' || in_month(first_on) || ' to ' || in_month(last_on) || ', as printed: '
        || percent(round(printed.growth_pct)) || '.',
        'In the newest week ' || measured.entity
        || if(measured.growth_pct < 0, ' fell least: ', ' grew most: ') || percent(measured.growth_pct) || ' to '
        || short(members) || '.'
    )
from (select 1) left join printed on true left join measured on true
