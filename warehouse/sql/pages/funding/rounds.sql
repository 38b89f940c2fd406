-- Rounds of the twelve companies that raised most. One row for each round and source.
with large as (
    select company from charts.funding
    group by company
    order by sum(amount_usd) desc nulls last, company limit 12
)
select
    company as row, announced_on as day, coalesce(amount_usd, 0) as size, source,
    case date_precision
        when 'year' then announced_on + interval 1 year
        when 'quarter' then announced_on + interval 3 months
        when 'month' then announced_on + interval 1 month
        when 'week' then announced_on + interval 7 days
    end::date as until,
    if(starts_with(source, 'sandbox_'), 'made up: ', '') || if(basis = 'measured', 'filing', 'published') as series,
    -- The figure is written only where the next mark of the row is far enough away.
    if(
        coalesce(
            least(
                date_diff('day', lag(announced_on) over of_company, announced_on),
                date_diff('day', announced_on, lead(announced_on) over of_company)
            ) > date_diff('day', min(announced_on) over (), max(announced_on) over ()) / 8,
            true
        ),
        coalesce(money(amount_usd), 'undisclosed'),
        null
    ) as shown,
    company || coalesce(', ' || round, '') || ', ' || on_date(announced_on, date_precision) || ': '
    || coalesce(money(amount_usd), 'undisclosed') || if(kind in ('debt', 'equity'), ' of ' || kind, '')
    || ', reported by ' || source as sentence
from charts.funding semi join large using (company)
window of_company as (partition by company order by announced_on)
order by sum(amount_usd) over (partition by company) desc nulls last, row, day
