-- Sentence: change of the published monthly downloads, and of the weekly count. At most one row.
with printed as (
    select
        arg_max(downloads, period_start) as last, arg_min(downloads, period_start) as first,
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
    concat_ws(
        ' ',
        'Printed downloads ' || if(printed.last < printed.first, 'fell', 'rose')
        || ' from ' || short(printed.first) || ' in ' || in_month(printed.first_on) || ' to '
        || short(printed.last) || ' in ' || in_month(printed.last_on) || ', ' || times(printed.last / printed.first)
        || ' as many.',
        case when measured.period_start > measured.first_on
                then 'The weekly count stands at ' || short(downloads) || ' in 30 days, '
                    || percent((downloads / first_downloads - 1) * 100) || ' since ' || on_day(measured.first_on)
                    || warned(flags) || '.'
            else 'The first weekly count found ' || short(downloads) || ' in 30 days.'
        end
    )
from printed left join measured on true
where printed.last is not null or downloads is not null
