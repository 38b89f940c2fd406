select * exclude (is_withdrawn)
from (from core.training_run_version qualify row_number() over (partition by source, model order by recorded_at desc) = 1)
where not is_withdrawn
