"""All charts of the page, by chapter, in the order of the page. The first chart opens the page, above its chapter."""

from warehouse.pages.charts import benchmarks, cost, funding, hub, licences, lineage, usage
from warehouse.pages.charts.chart import Chart

FAMILIES: tuple[tuple[str, tuple[Chart, ...]], ...] = (
    ("Adoption", (*hub.CHARTS, *usage.CHARTS)),
    ("Quality and lag", benchmarks.CHARTS),
    ("Cost and hardware", cost.CHARTS),
    ("Families and lineage", lineage.CHARTS),
    ("Communities", usage.COMMUNITIES),
    ("Money", funding.CHARTS),
    ("Licences", licences.CHARTS),
    ("History: what was reported, and what became of it", (*benchmarks.HISTORY, *licences.HISTORY)),
)
CHARTS: tuple[Chart, ...] = tuple(chart for _, charts in FAMILIES for chart in charts)
