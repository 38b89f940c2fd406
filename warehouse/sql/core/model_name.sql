-- One row for each name that a model has or had: the weeks in which it was listed under it.
select hub_id, id, name_since as first_seen, last_seen
from core.model
union all
select hub_id, id, first_seen, last_seen
from base.model_name
