-- Sentence: how many derivatives state a more permissive licence than their parent. At most one row.
select
    whole(sum(edges) filter (is_more_permissive)) || ' of '
    || whole(sum(edges) filter (is_more_permissive is not null))
    || ' derivations whose two licences can be compared (' || digits(
        sum(edges) filter (is_more_permissive)
        / sum(edges) filter (is_more_permissive is not null) * 100
    )
    || '%) state a licence that allows more than that of their parent.'
from charts.licence_drift
having sum(edges) filter (is_more_permissive is not null) > 0
