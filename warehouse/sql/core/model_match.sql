-- One row for each name of a model that is known to mean a repository of the Hub: by hand, by a rule, or by the source.
with named as (
    select system, name, id, 'curated' as method, evidence as reason, 1 as place
    from core.listed_repository
    union all
    select other.system, other.name, hub.name as id, 'curated', other.evidence, 2
    from core.listed_name as hub
    join core.entity_name as other using (entity)
    where hub.system = 'hugging_face_hub' and hub.kind = 'model' and other.kind = 'model' and other.system <> hub.system
    union all
    select system, name, id, method, reason, 3
    from core.match_proposal
    where is_certain
    union all
    select 'openrouter', model, any_value(hugging_face_id), 'openrouter', 'OpenRouter names this repository', 4
    from core.token_price
    where hugging_face_id is not null
    group by model
    having count(distinct hugging_face_id) = 1
    union all
    -- Leaderboards and benchmark tools name models by their repository.
    select system, name, name as id, 'identifier', 'the source names the repository', 5
    from core.seen_name
    where kind = 'model' and system <> 'openrouter' and regexp_full_match(name, '[\w.-]+/[\w.-]+')
),
repository as (
    select id, arg_max(hub_id, last_seen) as hub_id
    from core.model_name
    where id in (select id from named)
    group by id
)
select named.system, named.name, coalesce(model.id, named.id) as id, repository.hub_id, named.method, named.reason
from named
left join repository using (id)
left join core.model as model using (hub_id)
where named.method <> 'identifier' or repository.hub_id is not null
qualify row_number() over (partition by named.system, named.name order by named.place, named.id) = 1
