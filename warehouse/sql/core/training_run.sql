-- One row for each source and model: the latest version of its training run.
select * exclude (is_withdrawn)
from (
    from base.training_run
    qualify row_number() over (partition by source, model order by recorded_at desc) = 1
)
where not is_withdrawn
