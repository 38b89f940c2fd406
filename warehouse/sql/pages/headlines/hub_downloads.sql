-- Downloads from the Hub in 30 days. One row for each week, in order of time; no line is drawn between two rows of
-- different `stretch`.
select
    period_start as day, downloads as value, short(downloads) as shown, round(growth_pct, 1) as change,
    percent(round(growth_pct, 1)) || ' in a week' || warned(growth_flag) as change_in_words,
    week_number(period_start) - row_number() over (order by period_start)
    + 1000 * count(*) filter (contains(growth_flag, 'definition_changed')) over (order by period_start) as stretch
from charts.hub_downloads
where series = 'hub_downloads_30d'
order by day
