"""Small pictures of charts without a browser, out of the same specifications: for places that show a chart among others."""

from datetime import UTC, datetime
from typing import Any

import duckdb

from warehouse.pages import theme
from warehouse.pages.chart import Chart
from warehouse.pages.contents import DrawnPanel, read_panels, read_sources
from warehouse.pages.words import teach

WIDTH = 480


def thumbnail_svg(connection: duckdb.DuckDBPyConnection, chart: Chart, *, width: int = WIDTH) -> str | None:
    """Give the newest panel of `chart` that is measured, or else its first, as an SVG; None where nothing is to be drawn."""
    import vl_convert

    specification = _specification(connection, chart, width)
    return None if specification is None else str(vl_convert.vegalite_to_svg(specification, vl_version=_version()))


def _version() -> str:
    import vl_convert

    return str(vl_convert.get_vegalite_versions()[-1])


def _specification(connection: duckdb.DuckDBPyConnection, chart: Chart, width: int) -> dict[str, Any] | None:
    teach(connection)
    moment = datetime.now(UTC)
    panels = read_panels(connection, chart, [], read_sources(connection, moment), moment)
    if not panels:
        return None
    drawn = next((panel for panel in panels if panel.panel.bases == ("measured",)), panels[0])
    rows = _rows(drawn)
    specification = drawn.panel.specification
    datasets = {"rows": rows, "ends": _ends(drawn, rows), "changes": [], "stale": []}
    height = specification["height"]
    if isinstance(height, dict):
        height = height["step"] * len({row["row"] for row in rows})
    return {
        **specification,
        "layer": [layer for layer in specification["layer"] if datasets.get(layer.get("data", {}).get("name"), [None])],
        "datasets": {**specification.get("datasets", {}), **datasets},
        "config": {**theme.configuration("light"), "background": theme.LIGHT["ground"]},
        "width": width,
        "height": height,
    }


def _rows(drawn: DrawnPanel) -> list[dict[str, Any]]:
    names = list(drawn.columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*drawn.columns.values(), strict=True)]
    choose = drawn.panel.choose
    return [row for row in rows if row[choose] == rows[0][choose]] if choose else rows


def _ends(drawn: DrawnPanel, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the last row of every series, as the page does."""
    return list({row["series"]: row for row in rows if row["value"] is not None}.values()) if drawn.panel.ends else []
