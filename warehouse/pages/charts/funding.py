"""Money raised, as each source tells it, and in total."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.sources import FUNDING, FUNDING_TOTAL

ROUNDS = Chart(
    table=FUNDING,
    name="Funding rounds",
    panels=(
        Panel(
            "Rounds, as each source tells them",
            "funding/rounds",
            "funding.rounds",
            ("published", "measured"),
            caption=(
                "The twelve companies with most. A mark's size is the sum; a line to its right, that only the month or year is "
                "known. The same round can be told more than once."
            ),
        ),
    ),
)


TOTALS = Chart(
    table=FUNDING_TOTAL,
    name="Funding in total",
    panels=(
        Panel(
            "By company, each round counted once",
            "funding_total/companies",
            "funding.totals",
            ("estimated",),
            parameters=(False,),
            caption="The line spans the lowest and the highest sums that any source tells.",
        ),
        Panel(
            "Companies of the sandbox",
            "funding_total/companies",
            "funding.totals",
            ("estimated",),
            parameters=(True,),
        ),
    ),
)

CHARTS = (ROUNDS, TOTALS)
