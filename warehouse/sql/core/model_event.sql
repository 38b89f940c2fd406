-- One row for each week, model and event: what changed in that week.
select change.week, model.hub_id, change.event, change.before, change.after
from base.model_event as change
join core.model as model using (model_key)
