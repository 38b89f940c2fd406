-- One row for each metric, entity, period, basis and source: the observation recorded last.
select *
from core.observation
qualify row_number() over (
    partition by metric, entity, period_start, basis, source
    order by recorded_at desc
) = 1
