-- One row for each system and kind of name: the share of names that match an entity or a repository of the Hub.
with seen as (
    select
        seen.system, seen.kind, coalesce(seen.is_open, false) as is_open,
        matched.entity is not null or repository.id is not null as is_matched,
        repository.id is not null as has_repository
    from core.seen_name as seen
    left join core.entity_name as matched using (system, kind, name)
    left join core.model_match as repository
        on seen.kind = 'model' and repository.system = seen.system and repository.name = seen.name
)
select
    system, kind, count(*) as names,
    count(*) filter (is_matched) as matched,
    100.0 * matched / names as matched_pct,
    count(*) filter (is_open) as open_names,
    count(*) filter (is_open and has_repository) as open_names_with_repository,
    100.0 * open_names_with_repository / nullif(open_names, 0) as open_with_repository_pct
from seen
group by all
