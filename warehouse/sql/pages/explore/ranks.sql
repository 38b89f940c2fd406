-- One row for each number of downloads in the newest week: the rank of the models that have it.
select
    downloads_30d_now as downloads_30d,
    1 + coalesce(
        sum(count(*)) over (order by downloads_30d_now desc rows between unbounded preceding and 1 preceding), 0
    )::bigint as rank
from core.model
where downloads_30d_now is not null
group by downloads_30d_now
