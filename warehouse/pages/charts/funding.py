"""Money raised, as each source tells it, and in total."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.sources import FUNDING, FUNDING_TOTAL

ROUNDS = Chart(
    table=FUNDING,
    name="Funding rounds",
    finding="""
        with real as (from charts.funding where not starts_with(source, 'sandbox_')),
        disclosed as (select company, amount_usd, announced_on, date_precision from real where amount_usd is not null)
        select 'The largest of ' || count(*) || ' rounds told is that of ' || arg_max(company, amount_usd) || ', '
            || money(max(amount_usd)) || ' in '
            || on_date(arg_max(announced_on, amount_usd), arg_max(date_precision, amount_usd))
            || '; sources often tell of one round with different sums.'
        from disclosed having count(*) > 0
    """,
    panels=(
        Panel(
            "Rounds, as each source tells them",
            """
            with large as (
                select company from charts.funding group by company order by sum(amount_usd) desc nulls last, company limit 12
            )
            select company as row, announced_on as day, coalesce(amount_usd, 0) as size, source,
                if(date_precision = 'day', null, announced_on + case date_precision
                    when 'year' then interval 1 year
                    when 'quarter' then interval 3 months when 'month' then interval 1 month
                    else interval 7 days end)::date as until,
                if(starts_with(source, 'sandbox_'), 'made up: ', '') || if(basis = 'measured', 'filing', 'published') as series,
                -- The figure is written where the next mark of the row is far enough away.
                if(coalesce(least(
                        date_diff('day', lag(announced_on) over of_company, announced_on),
                        date_diff('day', announced_on, lead(announced_on) over of_company)
                    ) > (max(date_diff('day', date '2000-01-01', announced_on)) over ()
                        - min(date_diff('day', date '2000-01-01', announced_on)) over ()) / 8, true),
                    coalesce(money(amount_usd), 'undisclosed'), null) as shown,
                company || coalesce(', ' || round, '') || ', ' || on_date(announced_on, date_precision) || ': '
                    || coalesce(money(amount_usd), 'undisclosed') || if(kind in ('debt', 'equity'), ' of ' || kind, '')
                    || ', says ' || source as said
            from charts.funding semi join large using (company)
            window of_company as (partition by company order by announced_on)
            order by sum(amount_usd) over (partition by company) desc nulls last, row, day
            """,
            "funding.rounds",
            ("published", "measured"),
            caption=(
                "The twelve companies with most. A mark's size is the sum; a line to its right, that only the month or year is "
                "known. The same round can be told more than once."
            ),
        ),
    ),
)


_TOTALS = """
    select company as row, amount_usd as value, low_usd as low, high_usd as high, '{source}' as source,
        money(amount_usd) || if(low_usd < high_usd, ' (' || span_of(low_usd, high_usd) || ')', '') as shown,
        company || ': ' || money(amount_usd) || ' in ' || rounds || if(rounds = 1, ' round', ' rounds')
            || if(low_usd < high_usd, ', between ' || money(low_usd) || ' and ' || money(high_usd), '')
            || if(rounds_undisclosed > 0, '; ' || rounds_undisclosed || ' more undisclosed', '') as said
    from charts.funding_total where made_up = {made_up} and amount_usd is not null and company <> 'All companies'
    order by amount_usd desc, company limit 15
"""

TOTALS = Chart(
    table=FUNDING_TOTAL,
    name="Funding in total",
    finding="""
        select 'All companies together raised ' || money(amount_usd)
            || if(low_usd < high_usd, ' (' || span_of(low_usd, high_usd) || ')', '') || ' in ' || rounds
            || ' rounds that were seen; read it as a lower bound.'
        from charts.funding_total where company = 'All companies' and not made_up and amount_usd is not null
    """,
    panels=(
        Panel(
            "By company, each round counted once",
            _TOTALS.format(made_up="false", source=""),
            "funding.totals",
            ("estimated",),
            caption="The line spans the lowest and the highest sums that any source tells.",
        ),
        Panel(
            "Companies of the sandbox",
            _TOTALS.format(made_up="true", source="sandbox_"),
            "funding.totals",
            ("estimated",),
        ),
    ),
)

CHARTS = (ROUNDS, TOTALS)
