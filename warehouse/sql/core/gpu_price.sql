select * exclude (is_withdrawn)
from (from core.gpu_price_version qualify row_number() over (partition by source, hardware, vendor, term, region, priced_on order by recorded_at desc) = 1)
where not is_withdrawn
