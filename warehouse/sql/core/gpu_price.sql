-- One row for each source, accelerator, vendor, term, region and day: the latest version of the price.
select * exclude (is_withdrawn)
from (
    from base.gpu_price
    qualify row_number() over (
        partition by source, hardware, vendor, term, region, priced_on order by recorded_at desc
    ) = 1
)
where not is_withdrawn
