-- Each reading is joined with the one week that is meant: only so no other weeks are read. The few that are given are
-- chosen before their names are looked up among millions.
select
    place, model.id, model.hub_id,
    week_before, downloads_30d_before, week, downloads_30d,
    downloads_30d - downloads_30d_before as change,
    100.0 * (downloads_30d - downloads_30d_before) / downloads_30d_before as growth_pct,
    rank
from (
    select
        now.*, before.downloads_30d as downloads_30d_before,
        row_number() over (
            order by now.downloads_30d / before.downloads_30d desc, now.downloads_30d desc, now.model_key
        ) as place
    from (
        select *, rank() over (order by downloads_30d desc) as rank
        from (
            select model_key, downloads_30d, week, week_before
            from core.model_reading
            join (
                select
                    week,
                    if(
                        week_before in (
                            select period_start from core.observation where metric = 'hub_models' and basis = 'measured'
                        ),
                        week_before,
                        error(concat('there is no reading of the week of ', week_before, ', ', period, ' before the newest'))
                    ) as week_before
                from (
                    select
                        week,
                        case period::varchar
                            when '1 week' then week - 7
                            when '4 weeks' then week - 28
                            when '13 weeks' then week - 91
                            when '52 weeks' then week - 364
                            else error(concat(
                                'period is one of 1 week, 4 weeks, 13 weeks and 52 weeks; found ',
                                coalesce(period::varchar, 'NULL')
                            ))
                        end as week_before
                    from (select max(last_seen) as week from core.model)
                )
            ) using (week)
            where downloads_30d is not null
            order by downloads_30d desc, model_key
            limit among
        )
    ) as now
    join core.model_reading as before on before.week = now.week_before and before.model_key = now.model_key
    where before.downloads_30d > 0
    qualify place <= places
) as grown
join core.model as model using (model_key)
order by place
