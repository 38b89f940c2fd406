-- Sentence: how many changes of definition lie within the charts. At most one row.
select
    'Definitions of metrics changed on ' || count(distinct period_start)
    || if(count(distinct period_start) = 1, ' day', ' days') || ' within the periods of '
    || count(distinct chart) || if(count(distinct chart) = 1, ' chart', ' charts') || ' above.'
from charts.definition_mark
having count(*) > 0
