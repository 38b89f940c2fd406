-- Newest figure in words, its change to the week before, that change in words, and its date: subscribers of
-- r/LocalLLaMA. At most one row; none if the newest figure is missing.
select
    short(members), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week' || warned(growth_flag),
    period_start
from (
    select *
    from charts.community
    where basis = 'measured' and entity = 'r/LocalLLaMA'
    order by period_start desc, source
    limit 1
)
where members is not null
