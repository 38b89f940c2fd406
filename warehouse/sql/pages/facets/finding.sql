-- Sentence: the formats with the largest share of downloads in the newest week. At most one row.
with newest as (from charts.facets qualify dense_rank() over (order by period_start desc) = 1),
largest as (
    select value, share_of_downloads_pct
    from newest
    where facet = 'format' and value not in ('(none)', '(other)') and share_of_downloads_pct is not null
    order by share_of_downloads_pct desc, value limit 3
)
select
    string_agg(
        digits(share_of_downloads_pct) || '% '
        || if(is_first, 'of the downloads are of models with ', 'with ') || value,
        ', ' order by share_of_downloads_pct desc, value
    ) || '.'
from (select *, row_number() over (order by share_of_downloads_pct desc, value) = 1 as is_first from largest)
having count(*) > 0
