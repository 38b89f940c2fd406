-- One row for each model and root: the depth between them. A model without a base is its own root.
select model.hub_id, root.hub_id as root, pair.depth, pair.is_primary as "primary"
from base.model_family as pair
join core.model as model using (model_key)
join core.model as root on root.model_key = pair.root_key
union all
select hub_id, hub_id as root, 0::smallint as depth, true as "primary"
from core.model
anti join base.model_family using (model_key)
