-- One row for each source: the time from its last collection, also one that set items aside, to the newest release.
with attempt as (
    select
        source,
        max(finished_at) filter (status = 'complete' or (status = 'partial' and rows > 0)) as last_complete_at,
        arg_max({'at': finished_at, 'status': status, 'reason': reason}, finished_at) as last
    from meta.collection
    group by source
)
select
    source, title,
    last_complete_at,
    date_diff('hour', last_complete_at, published_at) / 24 as days_at_release,
    coalesce(published_at - last_complete_at > interval 8 days, true) as is_stale,
    last.at as last_tried_at, last.status as last_status, last.reason as last_reason
from attempt
left join meta.source using (source)
cross join (select max(published_at) as published_at from meta.release)
