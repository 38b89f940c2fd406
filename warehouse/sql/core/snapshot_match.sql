-- One row for each model of a snapshot that is identified: its hub_id, by name and time of creation.
select snapshot.snapshot_key, any_value(name.hub_id) as hub_id
from core.snapshot_model as snapshot
join core.model_name as name
    on name.id = snapshot.id and ('0x' || name.hub_id[:8])::bigint = epoch(snapshot.created_at)::bigint
group by snapshot.snapshot_key
having count(distinct name.hub_id) = 1
