"""Growth and charts: every derived table, rebuilt from the facts by its one SELECT."""

from assets.catalogue import derived_assets
from warehouse.tables import charts, growth

# Figures that the UI plots over the weeks: for a table, a query of (name, number) pairs.
HEADLINES = {
    "charts.hub_downloads": """
        select series, downloads from charts.hub_downloads where basis = 'measured'
        qualify row_number() over (partition by series order by period_start desc) = 1
    """,
    "charts.births_and_deaths": """
        unpivot (from (select births, deaths, returns from charts.births_and_deaths order by period_start desc limit 1))
        on births, deaths, returns into name figure_name value figure
    """,
}

GROWTH = derived_assets("growth", growth.TABLES, group="growth", headlines=HEADLINES)
CHARTS = derived_assets("charts", charts.TABLES, group="charts", headlines=HEADLINES)
