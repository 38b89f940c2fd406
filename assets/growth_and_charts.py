"""Growth and charts: every derived table, rebuilt from the facts by its one SELECT."""

import base64
from collections.abc import Sequence
from typing import Any

import dagster as dg
import duckdb

from assets.table_asset import derived_assets
from warehouse.tables import growth
from warehouse.tables.charts import hub
from warehouse.tables.table import Table

# Figures that the UI plots over the weeks: for a table, a query of (name, number) pairs.
HEADLINES = {
    "charts.hub_downloads": """
        select series, downloads from charts.hub_downloads where basis = 'measured'
        qualify row_number() over (partition by series order by period_start desc) = 1
    """,
    "charts.hub_models": """
        select 'models', models from charts.hub_models where basis = 'measured' order by period_start desc limit 1
    """,
    "charts.model_derivatives": """
        select family, derivatives from charts.model_derivatives
        where basis = 'measured' and period_start = (select max(period_start) from charts.model_derivatives)
        order by derivatives desc limit 8
    """,
    "charts.community": """
        select concat(entity, ', ', source), members from charts.community where basis = 'measured'
        qualify row_number() over (partition by entity, source order by period_start desc) = 1
        order by members desc limit 16
    """,
    "charts.arena_gap": """
        select board || ', points', gap_points from charts.arena_gap where basis <> 'published'
        qualify row_number() over (partition by board order by period_start desc) = 1
        limit 8
    """,
    "charts.licences": """
        select licence_class || ', % of models', share_of_models_pct from charts.licences
        where basis = 'measured' qualify row_number() over (partition by licence_class order by period_start desc) = 1
        limit 8
    """,
    "charts.claim_audit": "select verdict, count(*) from charts.claim_audit group by verdict",
    "charts.births_and_deaths": """
        unpivot (from (select births, deaths, returns from charts.births_and_deaths order by period_start desc limit 1))
        on births, deaths, returns into name figure_name value figure
    """,
}


def pictures(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> dict[str, dict[str, Any]]:
    """Return a thumbnail of each chart for the UI, by table name; charts without rows have none."""
    from warehouse.pages.charts.registry import CHARTS
    from warehouse.pages.thumbnail import thumbnails

    return {
        chart.table.name: {"picture": _shown(chart.table.name, svg)}
        for chart, svg in thumbnails(connection, [chart for chart in CHARTS if chart.table in tables])
    }


def _shown(name: str, svg: str) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})")


GROWTH = derived_assets("growth", growth.TABLES, group="growth", headlines=HEADLINES)
CHARTS = derived_assets("charts", hub.TABLES, group="charts", headlines=HEADLINES, illustrate=pictures)
