-- Published number of models added in a month. One row for each month.
select
    period_start as day, added_per_month as value, source,
    qualified(short(added_per_month), added_qualifier) as shown,
    in_month(period_start) || ': ' || qualified(whole(added_per_month), added_qualifier)
    || ' models added, as reported'
        as sentence
from charts.hub_models
where basis = 'published' and added_per_month is not null
order by day
