-- One row for each matched name: the entity that it refers to. Curated names come first, then names equal to a title,
-- then names that equal exactly one entity's name except for case and separators.
with known as (
    select entity, kind, title as name from core.entity
    union
    select entity, kind, name from core.listed_name
),
normal as (
    select
        kind, regexp_replace(lower(trim(name)), '[ _-]+', '-', 'g') as plain,
        min(entity) as entity, min(name) as name
    from known
    group by all
    having count(distinct entity) = 1
),
unlisted as (
    select seen.*
    from core.seen_name as seen
    anti join core.listed_name as listed using (system, kind, name)
),
equal_title as (
    select kind, title, min(entity) as entity
    from core.entity
    group by all
    having count(*) = 1
)
select entity, kind, system, name, 'curated' as method, evidence
from core.listed_name
union all by name
select
    coalesce(equal_title.entity, normal.entity) as entity, unlisted.kind, system, unlisted.name,
    if(equal_title.entity is not null, 'exact', 'normalised') as method,
    if(
        equal_title.entity is not null,
        'the title of the entity',
        'equals ' || normal.name || ' but for case and separators'
    ) as evidence
from unlisted
left join equal_title on equal_title.title = unlisted.name and equal_title.kind = unlisted.kind
left join normal
    on normal.kind = unlisted.kind
    and normal.plain = regexp_replace(lower(trim(unlisted.name)), '[ _-]+', '-', 'g')
where equal_title.entity is not null or normal.entity is not null
