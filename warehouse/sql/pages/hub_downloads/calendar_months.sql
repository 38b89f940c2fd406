-- Estimated downloads of whole calendar months, with their range. One row for each month.
select
    period_start as day, chart.downloads as value, low, high, source,
    in_month(period_start) || ': ' || whole(chart.downloads) || ' downloads, between ' || whole(low) || ' and '
    || whole(high) as sentence
from charts.hub_downloads as chart
left join (
    select period_start, source, low, high
    from growth.calendar_downloads
    where grain = 'month' and is_primary
) using (period_start, source)
where series = 'hub_downloads_calendar_month'
order by day
