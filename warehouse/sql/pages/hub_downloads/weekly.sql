-- Measured downloads of the last 30 days. One row for each week.
select
    period_start as day, downloads as value, source,
    week_number(period_start) - row_number() over (partition by source order by period_start) as stretch,
    'Week of ' || on_day(period_start) || ': ' || whole(downloads) || ' downloads in 30 days'
    || coalesce(
        ' (' || percent(growth_pct) || ' from the week before; 23 of the 30 days overlap'
        || warned(growth_flag) || ')', ''
    ) as sentence
from charts.hub_downloads
where series = 'hub_downloads_30d' and downloads is not null
order by day
