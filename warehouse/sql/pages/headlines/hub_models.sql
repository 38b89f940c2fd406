-- Newest figure in words, its change to the week before, that change in words, and its date: public models on the Hub.
-- At most one row.
select whole(models), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week', period_start
from charts.hub_models
where basis = 'measured' and models is not null
order by period_start desc
limit 1
