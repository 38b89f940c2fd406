-- One row for each source and accelerator: its latest version.
select * exclude (is_withdrawn)
from (
    from base.accelerator
    qualify row_number() over (partition by source, hardware order by recorded_at desc) = 1
)
where not is_withdrawn
