-- Subscribers of r/LocalLLaMA: the newest source. One row for each day of a count, in order of time; no line is drawn
-- between two rows of different `stretch`.
select
    period_start as day, members as value, short(members) as shown, round(growth_pct, 1) as change,
    percent(round(growth_pct, 1)) || ' in a week' || warned(growth_flag) as change_in_words,
    week_number(period_start) - row_number() over (order by period_start)
    + 1000 * count(*) filter (contains(growth_flag, 'definition_changed')) over (order by period_start) as stretch
from (
    from charts.community
    where basis = 'measured' and entity = 'r/LocalLLaMA'
    qualify source = first_value(source) over (order by period_start desc, source)
)
order by day
