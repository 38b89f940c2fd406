-- Sentence: the newest weekly count of downloads; before the first, the published ones. At most one row.
with reported as (
    select
        arg_max_null(downloads, period_start) as last, arg_min_null(downloads, period_start) as first,
        max(period_start) as last_on, min(period_start) as first_on
    from charts.hub_downloads
    where series = 'hub_downloads_month'
),
measured as (
    select
        downloads, period_start, first_value(downloads) over (order by period_start) as first_downloads,
        first_value(period_start) over (order by period_start) as first_on,
        string_agg(growth_flag, ', ') over () as flags
    from charts.hub_downloads
    where series = 'hub_downloads_30d'
    qualify row_number() over (order by period_start desc) = 1
)
select
    coalesce(
        'Models on the Hub had ' || short(downloads) || ' downloads in 30 days, '
        || if(
            measured.period_start > measured.first_on,
            percent((downloads / first_downloads - 1) * 100) || ' since ' || on_day(measured.first_on) || warned(flags),
            'by the first weekly count'
        ) || '.',
        'Reported monthly downloads ' || if(reported.last < reported.first, 'fell', 'rose')
        || ' from ' || short(reported.first) || ' in ' || in_month(reported.first_on) || ' to '
        || short(reported.last) || ' in ' || in_month(reported.last_on) || ', '
        || times(reported.last / reported.first) || ' as many.'
    )
from reported left join measured on true
where reported.last is not null or downloads is not null
