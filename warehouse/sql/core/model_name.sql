select hub_id, id, name_since as first_seen, last_seen
from core.model
union all
select hub_id, id, first_seen, last_seen
from base.model_name
