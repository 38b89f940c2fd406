-- One row for each of the 10,000 most downloaded models of the newest week: its downloads now and 1, 4, 13, 52 weeks
-- before, what they are, and when they last spiked.
--
-- The models are chosen first and joined with one earlier week at a time, so that no other weeks are read.
with largest as materialized (
    select
        week, model_key, downloads_30d,
        row_number() over (order by downloads_30d desc, model_key) as position,
        rank() over (order by downloads_30d desc) as rank
    from (
        select week, model_key, downloads_30d
        from base.model_week
        join (select max(last_seen) as week from core.model) using (week)
        where downloads_30d is not null
        order by downloads_30d desc, model_key
        limit 10000
    )
),
before_1 as (
    select position, base.downloads_30d
    from largest
    join base.model_week as base on base.week = largest.week - 7 and base.model_key = largest.model_key
),
before_4 as (
    select position, base.downloads_30d
    from largest
    join base.model_week as base on base.week = largest.week - 28 and base.model_key = largest.model_key
),
before_13 as (
    select position, base.downloads_30d
    from largest
    join base.model_week as base on base.week = largest.week - 91 and base.model_key = largest.model_key
),
before_52 as (
    select position, base.downloads_30d
    from largest
    join base.model_week as base on base.week = largest.week - 364 and base.model_key = largest.model_key
),
spike as (
    select position, max(mark.week) as last_spike, max(mark.kept) filter (mark.week = largest.week) as kept
    from largest
    join base.download_spike as mark on mark.model_key = largest.model_key and mark.week > largest.week - 364
    group by position
)
select
    position, largest.rank, model.id, model.hub_id, model.author, maker.maker, model.pipeline_tag as task,
    model.library, model.licence, model.parameters_b, largest.week, largest.downloads_30d,
    coalesce(spike.kept, largest.downloads_30d) as downloads_30d_robust, spike.last_spike,
    before_1.downloads_30d as downloads_30d_1_week_before,
    before_4.downloads_30d as downloads_30d_4_weeks_before,
    before_13.downloads_30d as downloads_30d_13_weeks_before,
    before_52.downloads_30d as downloads_30d_52_weeks_before
from largest
join core.model as model using (model_key)
left join spike using (position)
left join core.maker_organisation as maker on lower(maker.organisation) = lower(model.author)
left join before_1 using (position)
left join before_4 using (position)
left join before_13 using (position)
left join before_52 using (position)
