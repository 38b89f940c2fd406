-- One row for each series and period: published monthly downloads, measured 30-day windows, 30-day windows of
-- snapshots, and calendar months estimated from all-time counters. The four series are never joined.
with all_time as (
    select entity, source, basis, period_start, value
    from growth.reading
    where metric in ('hub_downloads_all_time', 'hub_snapshot_downloads_all_time')
),
whole_month as (
    select
        *, downloads / days_in_period as daily, lag(daily) over by_month as daily_before,
        lag(period_start) over by_month as month_before
    from growth.calendar_downloads
    where grain = 'month' and is_primary and not is_partial
    window by_month as (partition by source order by period_start)
),
length (date_precision, lasts) as (
    values
        ('day', interval 1 day), ('week', interval 7 days), ('month', interval 1 month),
        ('quarter', interval 3 months), ('year', interval 1 year)
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
-- The sum of the counters also changes when a counter is restated or a repository is removed: these are no downloads.
left join core.hub_week as walk
    on downloads.metric = 'hub_downloads_30d'
    and walk.source = downloads.source
    and walk.week = downloads.period_start
    and walk.week_before = downloads.period_start - 7
where
    downloads.metric in ('hub_downloads_month', 'hub_downloads_30d', 'hub_snapshot_downloads_30d')
    and downloads.entity = 'all models'
union all by name
select
    period_start, grain as date_precision, 'hub_downloads_calendar_month' as series, downloads,
    'approximate' as qualifier,
    -- By the day, as in growth.rate: March has three days more than February.
    if(month_before = period_start - interval 1 month, 100 * (daily / nullif(daily_before, 0) - 1), null) as growth_pct,
    if(
        growth_pct is not null and exists (
            from meta.definition_change as change
            join length using (date_precision)
            where change.source = whole_month.source and change.metric = 'hub_downloads_all_time'
                and change.effective_on < period_start + interval 1 month
                and change.effective_on + lasts - interval 1 day > month_before
        ),
        'definition_changed',
        null
    ) as growth_flag,
    basis, source
from whole_month
