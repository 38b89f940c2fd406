-- Resolve the base that each model names (`incoming_parent`) to a repository, and rebuild the history before this week.
-- The results are temporary tables that `edges.py` loads into the history.

-- One row for each name: the repository that has it, or had it last, removed ones included. An exact match comes before
-- one that ignores case. The name is ambiguous if two repositories had it last in the same week.
create or replace temp table named_model as
with
wanted as (
    select distinct name
    from incoming_parent
    where name is not null
),
candidate as (
    select model_key, id, last_seen, false as is_former
    from core.model
    union all
    select model.model_key, former.id, former.last_seen, former.id <> model.id as is_former
    from base.model_name as former
    join core.model as model using (hub_id)
),
matching as (
    select wanted.name, candidate.model_key, candidate.is_former
    from candidate
    join wanted on lower(candidate.id) = lower(wanted.name)
    qualify rank() over (
        partition by wanted.name order by candidate.id = wanted.name desc, candidate.last_seen desc
    ) = 1
)
select
    name,
    if(count(distinct model_key) = 1, min(model_key), null) as model_key,
    bool_and(is_former) as is_former
from matching
group by name;

create or replace temp table resolved as
select
    child.model_key as child_key,
    named.told_by,
    named.position,
    named.relation,
    coalesce(by_id.model_key, named_model.model_key) as parent_key,
    coalesce(named_model.is_former, false) as is_former,
    case
        when parent_key = child_key then 'self_reference'
        when parent_key is not null then null
        when named.named_id is null and named.name is null then 'not_a_name'
        when named_model.name is not null then 'ambiguous'
        else 'never_seen'
    end as reason,
    if(reason is null, null, child.hub_id) as child,
    if(reason is null, null, named.named[:500]) as named_parent
from incoming_parent as named
join core.model as child using (hub_id)
left join core.model as by_id on by_id.hub_id = named.named_id
left join named_model on named_model.name = named.name;

-- One row for each child and parent: a parent that is named twice counts once.
create or replace temp table incoming_edge as
select
    child_key,
    parent_key,
    first(relation order by position) filter (relation is not null) as relation,
    any_value(told_by) as told_by
from resolved
where reason is null
group by child_key, parent_key;

create or replace temp table incoming_unresolved as
select child, named_parent, reason, any_value(told_by) as told_by
from resolved
where reason is not null
group by child, named_parent, reason;

create or replace temp table present as
select model_key from base.model_week where week = $week;

-- The last week before this one in which a model was listed, if that is not the week before.
create or replace temp table seen_before as
select model_key, max(week) as week
from base.model_week
where week < $week and model_key in (
    select child_key from base.model_edge where last_seen is distinct from $week_before
    union all
    select model.model_key
    from core.unresolved_parent as unresolved
    join core.model as model on model.hub_id = unresolved.child
    where unresolved.last_seen is distinct from $week_before
)
group by model_key;

-- The history without an earlier load of this week: a row that began this week is left out, and a row that was extended
-- ends again in the week in which the model was last listed before. `stood` says that it was current until now.
create or replace temp table edge_before as
select
    edge.* replace (if(edge.last_seen = $week, seen.week, edge.last_seen) as last_seen),
    present.model_key is not null
        and if(edge.last_seen = $week, seen.week, edge.last_seen) = coalesce(seen.week, $week_before) as stood
from base.model_edge as edge
left join present on present.model_key = edge.child_key
left join seen_before as seen on seen.model_key = edge.child_key
where edge.first_seen < $week;

create or replace temp table unresolved_before as
select
    unresolved.* replace (if(unresolved.last_seen = $week, seen.week, unresolved.last_seen) as last_seen),
    present.model_key is not null
        and if(unresolved.last_seen = $week, seen.week, unresolved.last_seen) = coalesce(seen.week, $week_before)
        as stood
from core.unresolved_parent as unresolved
join core.model as model on model.hub_id = unresolved.child
left join present on present.model_key = model.model_key
left join seen_before as seen on seen.model_key = model.model_key
where unresolved.first_seen < $week;
