-- Newest figure in words, its change to the week before, that change in words, and its date: text models known to fit a
-- 16 GB laptop at 4 bits. At most one row; none if the newest figure is missing.
select
    whole(models_low), models_low - before, percent(round((models_low / nullif(before, 0) - 1) * 100, 1))
    || ' in a week',
    period_start
from (
    select
        period_start, models_low,
        max(models_low) over (
            partition by source order by period_start
            range between interval 7 days preceding and interval 7 days preceding
        ) as before
    from charts.laptop_models
    where basis = 'estimated' and ram_gb = 16 and bits = 4
    order by period_start desc
    limit 1
)
where models_low is not null
