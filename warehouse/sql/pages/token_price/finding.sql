-- Sentence: the newest median prices of open and closed models. At most one row.
with newest as (
    select * from charts.token_price
    where token = 'blended' and median_usd_per_million is not null
    qualify period_start = max(period_start) over ()
)
select
    'A million tokens cost ' || string_agg(
        money(median_usd_per_million) || ' at the median of ' || whole(models) || ' '
        || if(openness = 'open', 'open', 'closed') || ' models',
        ', and ' order by openness
    ) || '.'
from newest
having count(*) = 2
