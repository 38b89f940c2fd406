-- Each reading is joined with the one week that is meant: only so no other weeks are read. The models are chosen before
-- they are looked up in the week before, which has millions of others.
with span as (
    select
        week,
        case period
            when '1 week' then week - 7
            when '4 weeks' then week - 28
            when '13 weeks' then week - 91
            when '52 weeks' then week - 364
            else error(concat(
                'period is one of 1 week, 4 weeks, 13 weeks and 52 weeks; found ', coalesce(period::varchar, 'NULL')
            ))
        end as week_before
    from (select max(last_seen) as week from core.model)
),
known as (
    select
        week,
        if(
            week_before in (select period_start from core.observation where metric = 'hub_models' and basis = 'measured'),
            week_before,
            error(concat('there is no reading of the week of ', week_before, ', ', period, ' before the newest'))
        ) as week_before
    from span
),
largest as (
    select model_key, downloads_30d, rank() over (order by downloads_30d desc) as rank
    from core.model_reading
    join (select week from known) using (week)
    where downloads_30d is not null
    qualify rank <= among
),
before as (
    select model_key, downloads_30d
    from core.model_reading
    join (select week_before as week from known) using (week)
    join (select model_key from largest) using (model_key)
    where downloads_30d > 0
)
select
    row_number() over (
        order by now.downloads_30d / before.downloads_30d desc, now.downloads_30d desc, model.hub_id
    ) as place,
    model.id, model.hub_id,
    known.week_before, before.downloads_30d as downloads_30d_before,
    known.week, now.downloads_30d,
    now.downloads_30d - before.downloads_30d as change,
    100.0 * (now.downloads_30d - before.downloads_30d) / before.downloads_30d as growth_pct,
    now.rank
from largest as now
join before using (model_key)
join core.model as model using (model_key)
cross join known
qualify place <= places
order by place
