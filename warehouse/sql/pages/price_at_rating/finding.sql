-- Sentence: the newest price of the highest rating that an open and a closed model both reach. At most one row.
with newest as (
    from charts.price_at_rating
    where board = 'Arena text'
    qualify period_start = max(period_start) over ()
),
shared as (
    select rating_at_least from newest
    group by rating_at_least
    having count(distinct openness) = 2
    order by rating_at_least desc
    limit 1
)
select
    'The cheapest model rated at least ' || any_value(rating_at_least) || ' costs ' || string_agg(
        money(blended_usd_per_million) || ' if ' || if(openness = 'open', 'open', 'closed') || ' (' || model || ')',
        ' and ' order by openness
    ) || ', for a million tokens.'
from newest
join shared using (rating_at_least)
having count(*) > 0
