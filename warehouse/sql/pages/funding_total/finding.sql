-- Sentence: what all companies raised together. At most one row.
select
    rounds || if(rounds = 1, ' known round', ' known rounds') || ' raised at least ' || money(amount_usd)
    || if(money(low_usd) <> money(high_usd), ' (' || span_of(low_usd, high_usd) || ')', '') || ' together.'
from charts.funding_total
where company = 'All companies' and not made_up and amount_usd is not null
