-- Changes of definition. One row for each chart, date and change.
select
    period_start as day, replace(chart, '_', ' ') as row, on_date(period_start, date_precision) as shown, source,
    on_date(period_start, date_precision) || ', ' || replace(chart, '_', ' ') || ' ('
    || string_agg(distinct metric, ', ' order by metric)
    || coalesce(' of ' || string_agg(distinct entity, ', ' order by entity), '')
    || '): ' || what_changed as sentence
from charts.definition_mark
group by chart, period_start, date_precision, source, what_changed
order by row, day
