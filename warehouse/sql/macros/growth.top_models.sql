-- One row for each of the fastest growing models: its downloads in two weeks and their change. It reads
-- growth.leading_model, not growth.model: comparing all models of two weeks for each call takes too long.
-- Columns carry the name of their table: without it, a parameter of the same name would replace them.
select
    place, ranked.id, ranked.author, ranked.maker, ranked.task, downloads_30d_before, downloads_30d,
    downloads_30d - downloads_30d_before as change,
    growth.change_pct(downloads_30d, downloads_30d_before) as growth_pct,
    growth.change_pct(downloads_30d_robust, downloads_30d_before) as robust_growth_pct,
    ranked.is_spike, ranked.library, ranked.licence, ranked.parameters_b, week_before, week, rank, ranked.hub_id
from (
    select
        *, row_number() over (
            order by downloads_30d_robust / downloads_30d_before desc, downloads_30d desc, position
        ) as place
    from (
        select
            largest.*, week_before, coalesce(largest.last_spike > week_before, false) as is_spike,
            case days
                when 7 then downloads_30d_1_week_before
                when 28 then downloads_30d_4_weeks_before
                when 91 then downloads_30d_13_weeks_before
                when 364 then downloads_30d_52_weeks_before
            end as downloads_30d_before
        from growth.leading_model as largest
        cross join (
            select
                days,
                if(
                    week - days in (
                        select period_start from core.observation where metric = 'hub_models' and basis = 'measured'
                    ),
                    week - days,
                    error(concat(
                        'there is no reading of the week of ', week - days, ', ', period, ' before the newest'
                    ))
                ) as week_before
            from (
                select
                    week,
                    case period::varchar
                        when '1 week' then 7
                        when '4 weeks' then 28
                        when '13 weeks' then 91
                        when '52 weeks' then 364
                        else error(concat(
                            'period is one of 1 week, 4 weeks, 13 weeks and 52 weeks; found ',
                            coalesce(period::varchar, 'NULL')
                        ))
                    end as days
                from (select max(week) as week from growth.leading_model)
            )
        ) as asked
        where position <= if(
            among <= 10000, among, error('growth.leading_model has 10,000 models; growth.model has all of them')
        )
            and (coalesce(task, '') = '' or largest.task = task)
            and (coalesce(library, '') = '' or largest.library = library)
            and (coalesce(author, '') = '' or lower(largest.author) = lower(author))
            and (coalesce(maker, '') = '' or lower(largest.maker) = lower(maker))
            and (coalesce(licence, '') = '' or largest.licence = licence)
            and (coalesce(min_parameters_b, 0) = 0 or largest.parameters_b >= min_parameters_b)
            and (coalesce(max_parameters_b, 0) = 0 or largest.parameters_b <= max_parameters_b)
    )
    where downloads_30d_before >= greatest(minimum, 1) and (with_spikes or not is_spike)
    qualify place <= places
) as ranked
order by place
