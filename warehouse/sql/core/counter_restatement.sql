-- One row for each week, model and counter that the Hub restated in that week.
select restated.week, model.hub_id, restated.counter, restated.kind, restated.before, restated.after, restated.amount
from base.counter_restatement as restated
join core.model as model using (model_key)
