"""Every chart of the page, in families, in the order in which the page shows them."""

from warehouse.pages.charts import benchmarks, cost, funding, hub, licences, lineage, usage
from warehouse.pages.charts.chart import Chart

FAMILIES: tuple[tuple[str, tuple[Chart, ...]], ...] = (
    ("The Hub", hub.CHARTS),
    ("How good they are", benchmarks.CHARTS),
    ("Models built on models", lineage.CHARTS),
    ("Who uses them", usage.CHARTS),
    ("What it takes", cost.CHARTS),
    ("Money", funding.CHARTS),
    ("Licences", licences.CHARTS),
    ("Checks", licences.AUDIT),
)
CHARTS: tuple[Chart, ...] = tuple(chart for _, charts in FAMILIES for chart in charts)
