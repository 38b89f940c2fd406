select seen.*
from core.seen_name as seen
anti join core.entity_name as matched using (system, kind, name)
