-- One row for each name in the sources that matches no entity.
select seen.*
from core.seen_name as seen
anti join core.entity_name as matched using (system, kind, name)
