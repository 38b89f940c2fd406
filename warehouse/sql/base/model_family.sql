-- Made of what warehouse/hub/closure.py has walked: a twig has its parent's roots, one step further, or its parent as its root.
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
