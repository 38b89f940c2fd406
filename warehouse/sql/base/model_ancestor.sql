-- One row for each model and ancestor: the depth between them. warehouse/hub/closure.py makes the input tables. A leaf
-- with one parent has the ancestors of its parent at depth + 1.
select model_key, ancestor_key, depth
from reached
where model_key <> ancestor_key
union all
select model_key, parent_key as ancestor_key, 1::smallint as depth
from childless
where is_twig
union all
select twig.model_key, reached.ancestor_key, (reached.depth + 1)::smallint as depth
from childless as twig join reached on reached.model_key = twig.parent_key
where is_twig and reached.model_key <> reached.ancestor_key
