select restated.week, model.hub_id, restated.counter, restated.kind, restated.before, restated.after, restated.amount
from core.restated_counter as restated
join core.model as model using (model_key)
