-- Published monthly downloads. One row for each month.
select
    period_start as day, downloads as value, qualified(short(downloads), qualifier) as shown, source,
    in_month(period_start) || ': ' || qualified(whole(downloads), qualifier) || ' downloads, as reported'
    || coalesce(' (' || percent(growth_pct) || ' from the figure before)', '') as sentence
from charts.hub_downloads
where series = 'hub_downloads_month' and downloads is not null
order by day
