"""Small pictures of charts without a browser, out of the same drawings: for places that show a chart among others."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import duckdb

from warehouse.pages.charts.chart import Chart
from warehouse.pages.page_data import DrawnPanel, read_panel
from warehouse.pages.text_macros import create_text_macros

WIDTH = 480


def thumbnails(
    connection: duckdb.DuckDBPyConnection, charts: Sequence[Chart], *, width: int = WIDTH
) -> Iterator[tuple[Chart, str]]:
    """Yield each chart that has something to draw, with its newest panel that is measured, or else its first, as an SVG.

    `width` is in pixels.
    """
    create_text_macros(connection)
    for chart in charts:
        drawn = _pictured(connection, chart)
        if drawn is not None:
            yield chart, _svg(json.dumps(specification(drawn, width)))


# Several refreshes in one process draw many charts of the same rows: those of publications, and of surveys.
@lru_cache(maxsize=64)
def _svg(vega: str) -> str:
    import vl_convert

    return str(vl_convert.vega_to_svg(json.loads(vega)))


def _pictured(connection: duckdb.DuckDBPyConnection, chart: Chart) -> DrawnPanel | None:
    """Return the first panel with rows, those that are measured before the others; a picture marks no change and no gap."""
    now = datetime.now(UTC)
    measured_first = sorted(chart.panels, key=lambda panel: panel.bases != ("measured",))
    return next((drawn for panel in measured_first if (drawn := read_panel(connection, panel, [], {}, now))), None)


def specification(drawn: DrawnPanel, width: int) -> dict[str, Any]:
    """Return the Vega specification of a panel's picture, `width` pixels wide, with its rows."""
    rows = _rows(drawn)
    values = {"rows": rows, "ends": _ends(drawn, rows)}
    compiled = drawn.panel.compiled
    data = [{**one, "values": values[one["name"]]} if one["name"] in values else one for one in compiled["data"]]
    return {**compiled, "data": data, "width": width, "height": drawn.height}


def _rows(drawn: DrawnPanel) -> list[dict[str, Any]]:
    names = list(drawn.columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*drawn.columns.values(), strict=True)]
    choose = drawn.panel.choose
    return [row for row in rows if row[choose] == rows[0][choose]] if choose else rows


def _ends(drawn: DrawnPanel, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the last row of every series, as the page does."""
    return list({row["series"]: row for row in rows if row["value"] is not None}.values()) if drawn.panel.ends else []
