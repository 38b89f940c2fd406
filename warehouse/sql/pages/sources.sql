-- Every source with the time of its last complete collection, and of its last attempt. One row for each source.
-- A walk over the Hub counts once it is loaded.
with attempt as (
    select
        source,
        max(finished_at) filter (
            (status = 'complete' or (status = 'partial' and rows > 0))
            and (source not in (select source from core.hub_week)
                or (source, started_at) in (select (source, observed_at) from core.hub_week))
        ) as complete_at,
        arg_max_null(status, finished_at) as status, arg_max_null(reason, finished_at) as reason,
        max(finished_at) as tried_at
    from meta.collection
    group by source
)
select source.*, epoch_us(complete_at) as complete_us, epoch_us(tried_at) as tried_us, status, reason
from meta.source as source
left join attempt using (source)
order by source
