-- Derivatives of each family. One row for each family and week.
select
    family, period_start as day, derivatives as value, source,
    week_number(period_start) - row_number() over (partition by family, source order by period_start) as stretch,
    family || ', week of ' || on_day(period_start) || ': at least ' || whole(derivatives) || ' derivatives'
    || coalesce(' (' || percent(growth_pct) || ' from the week before)', '') as sentence
from charts.model_derivatives
where basis = 'measured' and derivatives is not null
order by max(derivatives) over (partition by family) desc, family, day
