-- Sentence: the formats with the largest share of downloads in the newest week. At most one row.
with newest as (from charts.facets qualify dense_rank() over (order by period_start desc) = 1),
largest as (
    select value, share_of_downloads_pct, share_of_models_pct
    from newest
    where facet = 'format' and value not in ('(none)', '(other)') and share_of_downloads_pct is not null
    order by share_of_downloads_pct desc, value limit 3
)
select
    string_agg(
        digits(share_of_models_pct) || '% of the models and ' || digits(share_of_downloads_pct)
        || '% of the downloads have ' || value, '; ' order by share_of_downloads_pct desc, value
    ) || '.'
from largest
having count(*) > 0
