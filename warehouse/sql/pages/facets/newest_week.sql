-- The twelve largest values of each facet by models in the newest week. One row for each facet and value.
with newest as (
    from charts.facets
    where facet in ('format', 'language', 'modality', 'quantisation') and value not in ('(none)', '(other)')
    qualify dense_rank() over (order by period_start desc) = 1
),
largest as (
    from newest
    qualify row_number() over (partition by facet, source order by models desc, value) <= 12
)
select
    facet, value as row, models as value, source,
    whole(models) || ' (' || printf('%.1f', share_of_models_pct) || '%)' as shown,
    facet || ' ' || value || ': ' || whole(models) || ' models, ' || digits(share_of_models_pct) || '% of all'
    || coalesce(', with ' || digits(share_of_downloads_pct) || '% of the downloads', '') as sentence
from largest
order by facet, models desc, value
