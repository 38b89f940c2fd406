-- Sentence: the largest reported round; rounds of the sandbox do not count. At most one row.
with real as (
    from charts.funding
    where not starts_with(source, 'sandbox_')
),
disclosed as (
    select company, amount_usd, announced_on, date_precision from real
    where amount_usd is not null
)
select
    'The largest of ' || count(*) || ' reported rounds is that of ' || arg_max(company, amount_usd) || ': '
    || money(max(amount_usd))
    || if(arg_max_null(date_precision, amount_usd) = 'day', ' on ', ' in ')
    || on_date(arg_max_null(announced_on, amount_usd), arg_max_null(date_precision, amount_usd)) || '.'
from disclosed
having count(*) > 0
