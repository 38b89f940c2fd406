-- Sentence: how many derivatives state a more permissive licence than their parent. At most one row.
select
    'In ' || digits(
        sum(edges) filter (is_more_permissive) / sum(edges) filter (is_more_permissive is not null) * 100
    )
    || '% of ' || whole(sum(edges) filter (is_more_permissive is not null))
    || ' comparable pairs of parent and child, the child''s licence allows more than its parent''s.'
from charts.licence_drift
having sum(edges) filter (is_more_permissive is not null) > 0
