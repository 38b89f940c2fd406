select change.week, model.hub_id, change.event, change.before, change.after
from core.model_change as change
join core.model as model using (model_key)
