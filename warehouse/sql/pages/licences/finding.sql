-- Sentence: the newest shares of permissive and of missing licences, and the labels that nobody has classified. At most
-- one row.
with newest as (from charts.licences qualify dense_rank() over (order by period_start desc) = 1)
select
    'Permissive licences cover ' || digits(max(share_of_models_pct) filter (licence_class = 'permissive'))
    || '% of models and '
    || digits(max(share_of_downloads_pct) filter (licence_class = 'permissive')) || '% of downloads; '
    || digits(max(share_of_models_pct) filter (licence_class = 'none stated')) || '% of models state no licence'
    || case
        when sum(unlisted_labels) > 0
            then '; licence labels without a class: ' || sum(unlisted_labels) || ', on '
                || whole(sum(models_with_unlisted_label)) || ' models.'
        else '.'
    end
from newest
having count(*) > 0
