-- One row for each model of explore_leading: its downloads in each of the last 52 weeks, as a list of pairs.
select model_key as key, list([date_diff('day', week, getvariable('week')) // 7, downloads_30d]) as readings
from base.model_week
where
    model_key in (select key from explore_leading)
    and week > getvariable('week') - 364
group by model_key
