-- Shares of models and of downloads in the newest week. One row for each licence class and share.
with share as (
    select *, 'of models' as what, share_of_models_pct as share from charts.licences
    union all
    select *, 'of downloads', share_of_downloads_pct from charts.licences
)
select
    licence_class as row, what as series, share as value, source,
    licence_class || ': ' || digits(share) || '% ' || what || ', week of ' || on_day(period_start) as sentence
from share
where share is not null
qualify dense_rank() over (order by period_start desc) = 1
order by max(share) over (partition by row) desc, row, series desc
