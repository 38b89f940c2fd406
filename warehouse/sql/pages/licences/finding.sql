-- Sentence: the newest shares of permissive and of missing licences. At most one row.
with newest as (from charts.licences qualify dense_rank() over (order by period_start desc) = 1)
select
    'Permissive licences cover ' || digits(max(share_of_models_pct) filter (licence_class = 'permissive'))
    || '% of models and '
    || digits(max(share_of_downloads_pct) filter (licence_class = 'permissive')) || '% of downloads; '
    || digits(max(share_of_models_pct) filter (licence_class = 'none stated')) || '% of models state no licence.'
from newest
having count(*) > 0
