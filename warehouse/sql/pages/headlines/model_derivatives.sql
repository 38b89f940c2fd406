-- Newest figure in words, its change to the week before, that change in words, and its date: models built on Llama, at
-- least. At most one row; none if the newest figure is missing.
select whole(derivatives), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week', period_start
from (
    select *
    from charts.model_derivatives
    where basis = 'measured' and family = 'llama'
    order by period_start desc
    limit 1
)
where derivatives is not null
