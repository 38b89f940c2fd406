select * exclude (is_withdrawn)
from (from core.cost_assumption_version qualify row_number() over (partition by source, assumption order by recorded_at desc) = 1)
where not is_withdrawn
