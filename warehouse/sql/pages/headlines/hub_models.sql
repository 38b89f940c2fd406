-- Public models on the Hub. One row for each week, in order of time; no line is drawn between two rows of different
-- `stretch`.
select
    period_start as day, models as value, whole(models) as shown, round(growth_pct, 1) as change,
    percent(round(growth_pct, 1)) || ' in a week' as change_in_words,
    week_number(period_start) - row_number() over (order by period_start) as stretch
from charts.hub_models
where basis = 'measured'
order by day
