-- Newest figure in words, its change to the week before, that change in words, and its date: public models on the Hub.
-- At most one row; none if the newest figure is missing.
select whole(models), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week', period_start
from (
    select *
    from charts.hub_models
    where basis = 'measured'
    order by period_start desc
    limit 1
)
where models is not null
