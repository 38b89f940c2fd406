-- Sentence: the newest median prices of open and proprietary models. At most one row.
with newest as (
    select * from charts.token_price
    where token = 'blended' and median_usd_per_million is not null
    qualify period_start = max(period_start) over ()
)
select
    'In the week of ' || on_day(any_value(period_start)) || ', half of the ' || string_agg(
        whole(models) || ' ' || openness || ' models cost less than ' || money(median_usd_per_million),
        ', and half of the ' order by openness
    ) || ', for a million tokens (three of input for each of output).'
from newest
having count(*) = 2
