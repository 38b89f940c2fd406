-- Text models known to fit a laptop with 16 GB at 4 bits. One row for each week, in order of time; no line is drawn
-- between two rows of different `stretch`.
select
    period_start as day, models_low as value, whole(models_low) as shown, models_low - before as change,
    percent(round((models_low / nullif(before, 0) - 1) * 100, 1)) || ' in a week' as change_in_words,
    week_number(period_start) - row_number() over (order by period_start) as stretch
from (
    select
        period_start, models_low,
        max(models_low) over (
            partition by source order by period_start
            range between interval 7 days preceding and interval 7 days preceding
        ) as before
    from charts.laptop_models
    where basis = 'estimated' and ram_gb = 16 and bits = 4
)
order by day
