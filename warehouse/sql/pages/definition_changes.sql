-- Changes of definition that charts mark. One row for each chart, date, source and change.
select
    chart, period_start, date_precision, source, string_agg(metric, ', ' order by metric) as metrics,
    what_changed, url, on_date(period_start, date_precision) as day
from charts.definition_mark
group by all
order by period_start, source, metrics
