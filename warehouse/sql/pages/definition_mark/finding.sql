-- Sentence: how many changes of definition lie within the charts. At most one row.
select
    'A name began to mean something else on ' || count(distinct period_start)
    || if(count(distinct period_start) = 1, ' day', ' days') || ' that the charts above span, in '
    || count(distinct chart) || if(count(distinct chart) = 1, ' chart.', ' charts.')
from charts.definition_mark
having count(*) > 0
