-- One row for each source and assumption: its latest version.
select * exclude (is_withdrawn)
from (
    from base.cost_assumption
    qualify row_number() over (partition by source, assumption order by recorded_at desc) = 1
)
where not is_withdrawn
