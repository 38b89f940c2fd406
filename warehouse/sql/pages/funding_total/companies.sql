-- Sums of the fifteen companies that raised most: real ones, or those of the sandbox ($1 is true).
-- One row for each company.
select
    company as row, amount_usd as value, low_usd as low, high_usd as high, if($1, 'sandbox_', '') as source,
    money(amount_usd) || if(low_usd < high_usd, ' (' || span_of(low_usd, high_usd) || ')', '') as shown,
    company || ': ' || money(amount_usd) || ' in ' || rounds || if(rounds = 1, ' round', ' rounds')
    || if(low_usd < high_usd, ', between ' || money(low_usd) || ' and ' || money(high_usd), '')
    || if(rounds_undisclosed > 0, '; ' || rounds_undisclosed || ' more undisclosed', '') as sentence
from charts.funding_total
where made_up = $1 and amount_usd is not null and company <> 'All companies'
order by amount_usd desc, company
limit 15
