-- One row for each source and each curated list: the time from its last collection, also one that set items aside, or
-- its last review, to the newest release. A walk over the Hub counts once it is loaded: what was tried and never
-- entered the history makes nothing fresh.
with attempt as (
    select
        source,
        max(finished_at) filter (
            (status = 'complete' or (status = 'partial' and rows > 0))
            and (source not in (select source from core.hub_week)
                or (source, started_at) in (select (source, observed_at) from core.hub_week))
        ) as last_complete_at,
        arg_max({'at': finished_at, 'status': status, 'reason': reason}, finished_at) as last
    from meta.collection
    group by source
),
kept_current as (
    select
        source, title, last_complete_at, last.at as last_tried_at, last.status as last_status,
        last.reason as last_reason, 'source' as kind, 8 as stale_after_days
    from attempt
    left join meta.source using (source)
    union all by name
    select
        file as source, title, timezone('UTC', reviewed_on::timestamp) as last_complete_at,
        last_complete_at as last_tried_at, 'reviewed' as last_status,
        'Kept: its rows. To do: compare them with: ' || note || '; then tidegauge review lists.' as last_reason,
        'list' as kind, stale_after_days
    from meta.curated_list
)
select
    source, title,
    last_complete_at,
    date_diff('hour', last_complete_at, published_at) / 24 as days_at_release,
    last_complete_at is null
    or coalesce(published_at - last_complete_at > to_days(stale_after_days), kind = 'source') as is_stale,
    last_tried_at, last_status, if(kind = 'source' or is_stale, last_reason, null) as last_reason,
    kind, stale_after_days
from kept_current
cross join (select max(published_at) as published_at from meta.release)
