-- Published monthly figures, measured 30-day windows, and whole months estimated from all-time counters side by side:
-- three series that are never joined to one.
with all_time as (
    select entity, source, basis, period_start, value
    from growth.reading
    where metric = 'hub_downloads_all_time'
)
select
    downloads.period_start, downloads.date_precision, downloads.metric as series,
    downloads.value::bigint as downloads, downloads.qualifier,
    downloads.growth_pct, downloads.flag as growth_flag,
    all_time.value::bigint as downloads_all_time,
    walk.flow - walk.flow_recovered + walk.flow_of_new as downloads_since_week_before,
    downloads.attributes['note'] as note, downloads.basis, downloads.source
from growth.reading as downloads
left join all_time using (entity, source, basis, period_start)
-- The sum of the counters also moves where a counter is restated, or a repository goes: that is no download.
left join core.hub_week as walk
    on downloads.metric = 'hub_downloads_30d'
    and walk.source = downloads.source
    and walk.week = downloads.period_start
    and walk.week_before = downloads.period_start - 7
where downloads.metric in ('hub_downloads_month', 'hub_downloads_30d') and downloads.entity = 'all models'
union all by name
select
    period_start, grain as date_precision, 'hub_downloads_calendar_month' as series, downloads, 'approximate' as qualifier,
    basis, source
from growth.calendar_downloads
where grain = 'month' and method = 'all_time_deltas' and days_observed = days_in_period
