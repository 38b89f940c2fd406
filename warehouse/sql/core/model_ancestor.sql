-- One row for each model and ancestor: the depth between them.
select model.hub_id, ancestor.hub_id as ancestor, pair.depth
from base.model_ancestor as pair
join core.model as model using (model_key)
join core.model as ancestor on ancestor.model_key = pair.ancestor_key
