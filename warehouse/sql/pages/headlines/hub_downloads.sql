-- Newest figure in words, its change to the week before, that change in words, and its date: downloads from the Hub in
-- 30 days. At most one row; none if the newest figure is missing.
select
    short(downloads), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week' || warned(growth_flag),
    period_start
from (
    select *
    from charts.hub_downloads
    where series = 'hub_downloads_30d'
    order by period_start desc
    limit 1
)
where downloads is not null
