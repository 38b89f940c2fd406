-- Sentence: how many derivatives state a more permissive licence than their parent. At most one row.
select
    'In ' || whole(sum(edges) filter (is_more_permissive)) || ' of '
    || whole(sum(edges) filter (is_more_permissive is not null))
    || ' pairs of parent and child with comparable licences ('
    || digits(
        sum(edges) filter (is_more_permissive) / sum(edges) filter (is_more_permissive is not null) * 100
    )
    || '%), the child states a licence that allows more than that of its parent.'
from charts.licence_drift
having sum(edges) filter (is_more_permissive is not null) > 0
