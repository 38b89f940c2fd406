-- Newest figure in words, its change to the week before, that change in words, and its date: subscribers of
-- r/LocalLLaMA. At most one row.
select
    short(members), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week' || warned(growth_flag),
    period_start
from charts.community
where basis = 'measured' and entity = 'r/LocalLLaMA' and members is not null
order by period_start desc, source
limit 1
