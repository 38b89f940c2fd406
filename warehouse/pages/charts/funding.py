"""Charts of funding: rounds as each source reports them, and totals."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.sources import FUNDING, FUNDING_TOTAL

ROUNDS = Chart(
    table=FUNDING,
    name="Funding rounds",
    panels=(
        Panel(
            "Rounds, as reported by each source",
            "funding/rounds",
            "funding.rounds",
            ("published", "measured"),
            caption=(
                "The twelve companies that raised the most. The size of a mark is the sum; a line to its right means that only the "
                "month or year is known. The same round can appear more than once."
            ),
        ),
    ),
)


TOTALS = Chart(
    table=FUNDING_TOTAL,
    name="Total funding",
    panels=(
        Panel(
            "By company, each round counted once",
            "funding_total/companies",
            "funding.totals",
            ("estimated",),
            parameters=(False,),
            caption="The line spans the lowest and the highest sum that any source reports.",
        ),
        Panel(
            "Made-up companies of the sandbox",
            "funding_total/companies",
            "funding.totals",
            ("estimated",),
            parameters=(True,),
        ),
    ),
)

CHARTS = (ROUNDS, TOTALS)
