-- One row for each name in the sources that matches no entity and no repository of the Hub.
select seen.*
from core.seen_name as seen
anti join core.entity_name as matched using (system, kind, name)
anti join core.model_match as repository
    on seen.kind = 'model' and repository.system = seen.system and repository.name = seen.name
