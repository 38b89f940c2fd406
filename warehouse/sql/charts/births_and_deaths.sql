-- One row for each week: models added and removed in it, next to the models of the newest walk by week of creation.
with newest as (select week, source from core.hub_week order by week desc limit 1),
-- Repositories older than the Hub's creation dates all have the day on which it began to store them.
survivor as (
    select model_key, created_at
    from core.model
    where removed_in is null and hub_id not like '621ffdc0%' and hub_id not like '621ffdc1%'
),
by_creation as (
    select date_trunc('week', created_at at time zone 'UTC')::date as week, count(*) as survivors
    from survivor
    group by 1
),
interval_of as (
    select reading.week, count(*) as survivors
    from survivor
    asof join core.hub_week as reading on survivor.created_at < reading.observed_at
    where survivor.created_at >= reading.observed_before
    group by 1
),
gone as (
    select change.week, count(*) as births_gone
    from base.model_event as change
    join core.model as model using (model_key)
    where change.event = 'added' and model.removed_in is not null
    group by 1
)
select
    week as period_start,
    'week' as date_precision,
    seen.added as births,
    seen.removed as deaths,
    seen.returned as returns,
    seen.added + seen.returned - seen.removed as net,
    seen.days_since_before,
    if(seen.added is null, null, coalesce(gone.births_gone, 0)) as births_gone,
    if(seen.added is null, null, coalesce(interval_of.survivors, 0)) as survivors_of_interval,
    births - survivors_of_interval as difference,
    if(week < newest.week and week > date '2022-03-01', coalesce(by_creation.survivors, 0), null) as survivors,
    seen.renamed as renames,
    seen.gated as gatings,
    seen.ungated as ungatings,
    seen.relicensed as relicensings,
    'measured' as basis,
    coalesce(seen.source, newest.source) as source
from by_creation
full join core.hub_week as seen using (week)
left join gone using (week)
left join interval_of using (week)
cross join newest
