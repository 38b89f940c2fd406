"""Draw thumbnails of charts as SVG without a browser, from the drawings of the page."""

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
    """Yield each chart that has rows, with its first measured panel, or else its first panel, as an SVG.

    `width` is in pixels.
    """
    create_text_macros(connection)
    for chart in charts:
        drawn = _pictured(connection, chart)
        if drawn is not None:
            yield chart, _svg(json.dumps(specification(drawn, width)))


# Refreshes in one process draw many charts from the same rows, such as those of publications.
@lru_cache(maxsize=64)
def _svg(vega: str) -> str:
    import vl_convert

    return str(vl_convert.vega_to_svg(json.loads(vega)))


def _pictured(connection: duckdb.DuckDBPyConnection, chart: Chart) -> DrawnPanel | None:
    """Return the first panel with rows, measured ones first; a thumbnail marks no changes and no stale periods."""
    now = datetime.now(UTC)
    measured_first = sorted(chart.panels, key=lambda panel: panel.bases != ("measured",))
    return next((drawn for panel in measured_first if (drawn := read_panel(connection, panel, [], {}, now))), None)


def specification(drawn: DrawnPanel, width: int) -> dict[str, Any]:
    """Return the Vega specification of the thumbnail of a panel, `width` pixels wide, with its rows."""
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
    """Return the last row of each series, as the page does."""
    return list({row["series"]: row for row in rows if row["value"] is not None}.values()) if drawn.panel.ends else []
