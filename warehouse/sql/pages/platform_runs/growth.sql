-- Change since the first count. One row for each kind of count, model and date.
with count_of as (
    select *, first_value(runs) over (partition by metric, model, source order by period_start) as first_runs
    from charts.platform_runs
    where runs is not null
)
select
    counted as what, model as series, period_start as day, (runs / first_runs - 1) * 100 as value, source,
    percent((runs / first_runs - 1) * 100) || ' ' || regexp_extract(model, '[^/]+$') as label,
    week_number(period_start) - row_number() over (
        partition by metric, model, source order by period_start
    ) as stretch,
    model || ', ' || on_day(period_start) || ': ' || whole(runs) || ', ' || percent((runs / first_runs - 1) * 100)
    || ' since the first count' as sentence
from count_of
where first_runs > 0
order by what <> 'Runs on Replicate', what, series, day
