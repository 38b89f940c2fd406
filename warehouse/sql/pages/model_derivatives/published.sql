-- Published number of derivatives. One row for each date.
select
    period_start as day, derivatives as value, qualified(whole(derivatives), qualifier) as shown, source,
    in_month(period_start) || ': ' || qualified(whole(derivatives), qualifier) || ' derivatives of ' || family
    || coalesce(', including ' || notable, '') as sentence
from charts.model_derivatives
where basis = 'published' and derivatives is not null
order by day
