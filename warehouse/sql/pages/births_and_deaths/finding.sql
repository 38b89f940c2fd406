-- Sentence: how many models appeared and disappeared over all weeks. At most one row.
select
    'Of ' || whole(sum(births)) || ' models that appeared in ' || count(births)
    || if(count(births) = 1, ' week, ', ' weeks, ')
    || case sum(births_gone) when 0 then 'none is' when 1 then '1 is' else whole(sum(births_gone)) || ' are' end
    || ' gone already; ' || whole(sum(deaths))
    || ' models disappeared in the same time, which a curve of the survivors does not show.'
from charts.births_and_deaths
having count(births) > 0
