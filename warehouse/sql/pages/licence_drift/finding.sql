-- Sentence: how many derivatives state a more permissive licence than their parent. At most one row.
select
    case
        when coalesce(sum(edges) filter (is_more_permissive is not null), 0) = 0
            then 'No pair of parent and child has licences that can be compared.'
        else 'In ' || digits(
            100.0 * coalesce(sum(edges) filter (is_more_permissive), 0)
            / sum(edges) filter (is_more_permissive is not null)
        )
        || '% of ' || whole(sum(edges) filter (is_more_permissive is not null))
        || ' comparable pairs of parent and child, the child''s licence allows more than its parent''s.'
    end
from charts.licence_drift
having count(*) > 0
