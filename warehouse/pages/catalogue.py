"""Every chart of the page, in families, in the order in which the page shows them."""

from warehouse.pages import cost, hub, lineage, money, quality, terms, use
from warehouse.pages.chart import Chart

FAMILIES: tuple[tuple[str, tuple[Chart, ...]], ...] = (
    ("The Hub", hub.CHARTS),
    ("How good they are", quality.CHARTS),
    ("Models built on models", lineage.CHARTS),
    ("Who uses them", use.CHARTS),
    ("What it takes", cost.CHARTS),
    ("Money", money.CHARTS),
    ("Licences", terms.CHARTS),
    ("Checks", terms.AUDIT),
)
CHARTS: tuple[Chart, ...] = tuple(chart for _, charts in FAMILIES for chart in charts)
