-- One row for each system and kind of name: the share of names that match an entity.
select
    seen.system, seen.kind, count(*) as names, count(matched.entity) as matched,
    100.0 * count(matched.entity) / count(*) as matched_pct
from core.seen_name as seen
left join core.entity_name as matched using (system, kind, name)
group by all
