-- Published number of public models. One row for each date.
select
    period_start as day, models as value, qualified(short(models), qualifier) as shown, source,
    in_month(period_start) || ': ' || qualified(whole(models), qualifier) || ' models, as reported' as sentence
from charts.hub_models
where basis = 'published' and models is not null
order by day
