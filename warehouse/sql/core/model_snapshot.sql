-- One row for each loaded snapshot and model in it: its counters, and its hub_id if it was identified.
select
    reading.source, reading.label, backfill.observed_at::date as observed_on, model.id,
    if(contains(model.id, '/'), split_part(model.id, '/', 1), null) as author,
    model.created_at, hub_id, reading.downloads_30d, reading.downloads_all_time, reading.likes
from core.snapshot_reading as reading
join meta.backfill as backfill on backfill.source = reading.source and backfill.label = reading.label
join core.snapshot_model as model using (snapshot_key)
left join core.snapshot_match using (snapshot_key)
where backfill.status = 'loaded'
