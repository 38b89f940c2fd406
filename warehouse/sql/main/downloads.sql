-- One row for each calendar month: the downloads of all models in it by the all-time counters, and their growth a day.
with month as (
    select *, downloads / nullif(days_observed, 0) as downloads_per_day, days_observed >= days_in_period as is_whole
    from growth.calendar_downloads
    where grain = 'month' and is_primary
)
select
    now.period_start as month, now.downloads, now.downloads_robust, now.downloads_per_day,
    growth.change_pct(now.downloads_per_day, before.downloads_per_day) as growth_pct,
    now.is_whole, now.days_observed, now.days_in_period as days_in_month, now.low, now.high, now.flag, now.source
from month as now
left join month as before
    on before.source = now.source
    and before.period_start = now.period_start - interval 1 month
    and before.is_whole
    and now.is_whole
order by month
