-- Newest counts of the fifteen largest models of each kind. One row for each kind of count and model.
with newest as (
    from charts.platform_runs
    where runs is not null
    qualify row_number() over (partition by metric, model, source order by period_start desc) = 1
)
select
    counted as what, model as row, runs as value, qualified(short(runs), qualifier) as shown, source,
    model || ', ' || on_day(period_start) || ': ' || whole(runs) || ' ' || within(counted) as sentence
from newest
qualify row_number() over (partition by counted order by runs desc) <= 15
order by what <> 'Runs on Replicate', what, runs desc
