-- One row for each metric, entity, period, basis and source: the observation that was the latest at `ts`.
select *
from core.observation
where recorded_at <= ts
qualify row_number() over (partition by metric, entity, period_start, basis, source order by recorded_at desc) = 1
