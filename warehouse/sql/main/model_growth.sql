-- One row for each of the 10,000 most downloaded models: its downloads of 30 days, and how many more they are than 1,
-- 4, 13 and 52 weeks before.
select
    largest.id, largest.downloads_30d,
    largest.downloads_30d - largest.downloads_30d_1_week_before as change_1_week,
    largest.downloads_30d - largest.downloads_30d_4_weeks_before as change_4_weeks,
    largest.downloads_30d - largest.downloads_30d_13_weeks_before as change_13_weeks,
    largest.downloads_30d - largest.downloads_30d_52_weeks_before as change_52_weeks,
    coalesce(largest.last_spike = largest.week, false) as is_spike,
    largest.rank, largest.author, largest.task, largest.library, largest.parameters_b, largest.licence,
    largest.week, largest.hub_id
from growth.leading_model as largest
order by largest.position
