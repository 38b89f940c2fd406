"""All charts of the page, by family, in the order of the page."""

from warehouse.pages.charts import benchmarks, cost, funding, hub, licences, lineage, usage
from warehouse.pages.charts.chart import Chart

FAMILIES: tuple[tuple[str, tuple[Chart, ...]], ...] = (
    ("The Hub", hub.CHARTS),
    ("Quality", benchmarks.CHARTS),
    ("Derivatives", lineage.CHARTS),
    ("Usage", usage.CHARTS),
    ("Cost and hardware", cost.CHARTS),
    ("Funding", funding.CHARTS),
    ("Licences", licences.CHARTS),
    ("Checks", licences.AUDIT),
)
CHARTS: tuple[Chart, ...] = tuple(chart for _, charts in FAMILIES for chart in charts)
