-- Newest figure in words, its change to the week before, that change in words, and its date: models built on Llama, at
-- least. At most one row.
select whole(derivatives), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week', period_start
from charts.model_derivatives
where basis = 'measured' and family = 'llama' and derivatives is not null
order by period_start desc
limit 1
