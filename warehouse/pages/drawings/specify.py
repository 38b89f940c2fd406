"""Writes the Vega-Lite specifications of all drawings to one file.

Run `python -m warehouse.pages.drawings.specify` after changing a drawing.
"""

import json
from importlib import import_module
from typing import Any

import altair as alt

from warehouse.pages.charts.chart import SPECIFICATIONS
from warehouse.pages.charts.registry import CHARTS


def specified(drawing: str) -> dict[str, Any]:
    """Return the specification of a drawing such as `hub.windows`, without its configuration and schema.

    Raises:
        altair.utils.schemapi.SchemaValidationError: it does not fit the schema of Vega-Lite.
    """
    module, _, name = drawing.partition(".")
    drawn: alt.LayerChart = getattr(import_module(f"warehouse.pages.drawings.{module}"), name)()
    # Each part is checked where it is made, and the whole at the end.
    with alt.utils.schemapi.debug_mode(True):
        specification: dict[str, Any] = drawn.to_dict()
    return {name: value for name, value in specification.items() if name not in ("config", "$schema")}


def contents() -> str:
    """Return what the file holds: a JSON object with a line for each drawing of the page."""
    drawings = sorted({panel.drawing for chart in CHARTS for panel in chart.panels})
    lines = [f"{json.dumps(name)}: {json.dumps(specified(name), ensure_ascii=False)}" for name in drawings]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    SPECIFICATIONS.write_text(contents(), encoding="utf-8")
