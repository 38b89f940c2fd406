-- One row for each source and Form D filing: its latest version.
select * exclude (is_withdrawn)
from (
    from base.form_d_filing
    qualify row_number() over (partition by source, accession_number order by recorded_at desc) = 1
)
where not is_withdrawn
