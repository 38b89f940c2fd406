-- Sentence: the newest shares of models with a known parent. At most one row.
select
    'A parent is known for ' || digits(coverage_pct) || '% of all models'
    || coalesce(', and for ' || digits(resolved_pct) || '% of those that name a base', '') || '.'
from charts.lineage_coverage
order by week desc
limit 1
