-- Changes of definition that charts mark. One row for each chart, date, source and change.
select
    chart, period_start, date_precision, source,
    string_agg(distinct metric, ', ' order by metric)
    || coalesce(' of ' || string_agg(distinct entity, ', ' order by entity), '') as metrics,
    what_changed, url, on_date(period_start, date_precision) as day
from charts.definition_mark
group by chart, period_start, date_precision, source, what_changed, url
order by period_start, source, metrics
