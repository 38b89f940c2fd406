-- Sentence: the three makers with the largest share of downloads in the newest week. At most one row.
with newest as (
    from charts.maker_adoption
    where rank <= 3
    qualify dense_rank() over (order by period_start desc) = 1
)
select
    'Of all downloads, ' || string_agg(
        maker || if(rank = 1, ' has ', ' ') || digits(share_pct) || '%', ', ' order by rank, maker
    )
    || ', with what others built on their models.'
from newest
where share_pct is not null
having count(*) > 0
