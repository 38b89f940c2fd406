-- One row for each company and one for all companies: rounds and amounts. Each round counts once, with the amount of
-- the preferred report that states one, and the range of all its reports.
with once as (
    select
        company, made_up, match_group,
        any_value(amount_usd) filter (counts_once) as amount_usd,
        min(amount_usd) as low_usd, max(amount_usd) as high_usd,
        first(kind order by preference, source) = 'debt' as is_debt,
        min(announced_on) as first_on, max(announced_on) as last_on,
        list(distinct source) as sources
    from core.funding_match
    join core.funding_round using (round_id)
    group by all
)
select
    coalesce(company, 'All companies') as company, made_up,
    sum(amount_usd) as amount_usd, sum(low_usd) as low_usd, sum(high_usd) as high_usd,
    sum(amount_usd) filter (is_debt) as debt_usd,
    count(*) as rounds,
    count(*) filter (amount_usd is null) as rounds_undisclosed,
    count(*) filter (low_usd < high_usd) as rounds_in_dispute,
    min(first_on) as first_on, max(last_on) as last_on,
    'estimated' as basis, array_to_string(list_sort(list_distinct(flatten(list(sources)))), ', ') as sources
from once
group by grouping sets ((company, made_up), (made_up))
