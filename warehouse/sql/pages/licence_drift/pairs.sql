-- Pairs of parent and child licences. One row for each relation and pair of classes, and for all relations together.
with pair as (
    select
        coalesce(relation, 'relation not stated') as relation, parent_class, child_class, edges,
        is_more_permissive, source
    from charts.licence_drift
),
sums as (
    select
        'all relations' as relation, parent_class, child_class, sum(edges)::bigint as edges,
        bool_or(is_more_permissive) as loosened, source
    from pair
    group by all
    union all
    select relation, parent_class, child_class, sum(edges)::bigint, bool_or(is_more_permissive), source
    from pair
    group by all
)
select
    relation, parent_class as row, child_class as child, edges as value, whole(edges) as shown,
    coalesce(loosened, false) as loosened, source,
    relation || ': ' || whole(edges) || ' pairs with a parent ' || parent_class || ' and a child ' || child_class
    || if(loosened, ', which allows more', '') as sentence
from sums
order by relation <> 'all relations', relation, edges desc, row, child
