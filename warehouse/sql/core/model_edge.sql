-- One row for each child and parent model: the stated relation, and whether it is current.
select
    child.hub_id as child, parent.hub_id as parent, edge.relation, edge.told_by, edge.first_seen, edge.last_seen,
    edge.last_seen = child.last_seen as is_standing
from base.model_edge as edge
join core.model as child on child.model_key = edge.child_key
join core.model as parent on parent.model_key = edge.parent_key
