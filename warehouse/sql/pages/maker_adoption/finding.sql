-- Sentence: the three makers with the largest share of downloads in the newest week. At most one row.
with newest as (
    from charts.maker_adoption
    where rank <= 3
    qualify dense_rank() over (order by period_start desc) = 1
)
select
    'In the week of ' || on_day(any_value(period_start)) || ', most downloads went to models of '
    || string_agg(maker || ' (' || digits(share_pct) || '%)', ', ' order by rank, maker)
    || ', with all that others built on them.'
from newest
where share_pct is not null
having count(*) > 0
