-- Shares of models and of downloads. One row for each licence class, share and week.
with share as (
    select *, 'of models' as what, share_of_models_pct as share from charts.licences
    union all
    select *, 'of downloads', share_of_downloads_pct from charts.licences
)
select
    'Share ' || what as choice, licence_class as series, period_start as day, share as value, source,
    digits(share) || '% ' || licence_class as label,
    week_number(period_start) - row_number() over (
        partition by what, licence_class, source order by period_start
    ) as stretch,
    'Week of ' || on_day(period_start) || ', ' || licence_class || ': ' || digits(share) || '% ' || what as sentence
from share
where share is not null
order by what desc, series, day
