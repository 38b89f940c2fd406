-- One row for each model and root: the depth between them. warehouse/hub/closure.py makes the input tables. A leaf with
-- one parent inherits the roots of its parent at depth + 1; without any, the parent is its root.
select model_key, root_key, depth, is_primary
from branch_root
union all
select
    twig.model_key,
    coalesce(branch_root.root_key, twig.parent_key) as root_key,
    (coalesce(branch_root.depth, 0) + 1)::smallint as depth,
    coalesce(branch_root.is_primary, true) as is_primary
from childless as twig left join branch_root on branch_root.model_key = twig.parent_key
where is_twig
