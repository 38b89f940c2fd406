-- Claims by chart and verdict, zeros included. One row for each chart and verdict.
with verdict (verdict, rank) as (values ('holds', 1), ('does not follow', 2), ('cannot be checked', 3)),
chart as (
    select chart, count(*) as total, any_value(source) as source from charts.claim_audit
    group by chart
),
counted as (
    select chart, verdict, count(*) as claims, string_agg(coalesce(printed, statement), '; ') as which
    from charts.claim_audit
    group by all
)
select
    replace(chart, '_', ' ') as row, verdict as series, rank, coalesce(claims, 0) as value, total, chart.source,
    concat_ws(
        ', ', sum(claims) filter (rank = 1) over (partition by chart) || ' hold',
        sum(claims) filter (rank = 2) over (partition by chart) || ' do not follow',
        sum(claims) filter (rank = 3) over (partition by chart) || ' cannot be checked'
    ) as shown,
    replace(chart, '_', ' ') || ', ' || verdict || ': ' || coalesce(claims, 0)
    || coalesce(' (' || which || ')', '') as sentence
from chart cross join verdict left join counted using (chart, verdict)
order by total desc, row, rank
