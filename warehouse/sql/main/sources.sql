-- One row for each source: its licence, how to cite it, and when it was last collected.
select
    source.source, source.title, source.licence, source.citation, source.caveat, source.url,
    freshness.last_complete_at, freshness.is_stale, freshness.last_status, freshness.last_reason
from meta.source as source
left join meta.freshness as freshness using (source)
order by source.source
