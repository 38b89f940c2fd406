-- Claims by chart and verdict, zeros included: by the publication's own figures if $1, else by sources. One
-- row for each chart and verdict.
with verdict (by_own_figures, verdict, rank, says) as (
    values
        (true, 'holds', 1, 'hold'), (true, 'does not follow', 2, 'do not follow'),
        (true, 'cannot be checked', 3, 'cannot be checked'),
        (false, 'agrees', 1, 'agree'), (false, 'disagrees', 2, 'disagree'), (false, 'no source', 3, 'without a source')
),
claim as (
    select *, if($1, charts.claim_audit.verdict, against_sources) as verdict_of_panel from charts.claim_audit
),
chart as (
    select chart, count(*) as total, any_value(source) as source from claim
    group by chart
),
counted as (
    select
        chart, verdict_of_panel as verdict, count(*) as claims,
        string_agg(coalesce(printed, statement), '; ') as which
    from claim
    group by all
)
select
    replace(chart, '_', ' ') as row, verdict as series, rank, coalesce(claims, 0) as value, total, chart.source,
    string_agg(coalesce(claims, 0) || ' ' || says, ', ' order by rank) over (partition by chart) as shown,
    replace(chart, '_', ' ') || ', ' || verdict || ': ' || coalesce(claims, 0)
    || coalesce(' (' || which || ')', '') as sentence
from chart cross join (from verdict where by_own_figures = $1) left join counted using (chart, verdict)
order by total desc, row, rank
