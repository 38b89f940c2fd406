-- Sentence: how far the derivatives of the largest family are from its roots. At most one row.
with newest as (from charts.lineage_depth qualify dense_rank() over (order by week desc) = 1),
largest as (
    select family from newest
    group by family
    order by sum(models) desc, family limit 1
)
select
    digits(sum(share_of_family_pct) filter (depth = 1)) || '% of the derivatives of ' || any_value(family)
    || ' are one step from a root; the most distant are ' || max(depth) || if(max(depth) = 1, ' step', ' steps')
    || ' away.'
from newest semi join largest using (family)
having count(*) > 0
