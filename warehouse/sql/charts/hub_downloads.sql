-- Published monthly figures, measured 30-day windows, those of snapshots by others, and whole months estimated from
-- all-time counters side by side: four series that are never joined to one.
with all_time as (
    select entity, source, basis, period_start, value, change
    from growth.reading
    where metric in ('hub_downloads_all_time', 'hub_snapshot_downloads_all_time')
)
select
    downloads.period_start, downloads.date_precision, downloads.metric as series,
    downloads.value::bigint as downloads, downloads.qualifier,
    downloads.growth_pct, downloads.flag as growth_flag,
    all_time.value::bigint as downloads_all_time, all_time.change::bigint as downloads_since_week_before,
    downloads.attributes['note'] as note, downloads.basis, downloads.source
from growth.reading as downloads
left join all_time using (entity, source, basis, period_start)
where
    downloads.metric in ('hub_downloads_month', 'hub_downloads_30d', 'hub_snapshot_downloads_30d')
    and downloads.entity = 'all models'
union all by name
select
    period_start, grain as date_precision, 'hub_downloads_calendar_month' as series, downloads, 'approximate' as qualifier,
    basis, source
from growth.calendar_downloads
where grain = 'month' and method = 'all_time_deltas' and days_observed = days_in_period
