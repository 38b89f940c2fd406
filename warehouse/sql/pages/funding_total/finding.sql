-- Sentence: what all companies raised together. At most one row.
select
    'All companies together raised ' || money(amount_usd)
    || if(low_usd < high_usd, ' (' || span_of(low_usd, high_usd) || ')', '') || ' in ' || rounds
    || if(rounds = 1, ' known round', ' known rounds') || ', which is a lower bound.'
from charts.funding_total
where company = 'All companies' and not made_up and amount_usd is not null
