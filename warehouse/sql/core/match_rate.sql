-- One row for each system and kind of name: the share of names that match an entity or a repository of the Hub.
select
    seen.system, seen.kind, count(*) as names,
    count(*) filter (matched.entity is not null or repository.id is not null) as matched,
    100.0 * count(*) filter (matched.entity is not null or repository.id is not null) / count(*) as matched_pct
from core.seen_name as seen
left join core.entity_name as matched using (system, kind, name)
left join core.model_match as repository
    on seen.kind = 'model' and repository.system = seen.system and repository.name = seen.name
group by all
