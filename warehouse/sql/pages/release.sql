-- The newest release. One row, or none before the first release.
select version, weeks, epoch_us(published_at) as published_us
from meta.release
order by version desc
limit 1
