"""Write the specifications of all drawings to two files.

Run `python -m warehouse.pages.drawings.specify` after changing a drawing. The page draws from Vega-Lite. Thumbnails draw from
the Vega that it compiles to, because compiling takes as long as drawing.
"""

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import altair as alt
import vl_convert

from warehouse.pages import theme
from warehouse.pages.charts.chart import COMPILED, SPECIFICATIONS
from warehouse.pages.charts.registry import CHARTS

# A thumbnail has no room for changes of definition and stale periods.
_NOT_IN_PICTURES = {"changes", "stale"}


def specified(drawing: str) -> dict[str, Any]:
    """Return the specification of a drawing such as `hub.weekly_downloads`, without configuration and schema.

    Raises:
        altair.utils.schemapi.SchemaValidationError: the drawing does not match the schema of Vega-Lite.
    """
    module, _, name = drawing.partition(".")
    drawn: alt.LayerChart = getattr(import_module(f"warehouse.pages.drawings.{module}"), name)()
    # Validate each part when it is made, so that an error names it, and the whole at the end.
    with alt.utils.schemapi.debug_mode(True):
        specification: dict[str, Any] = drawn.to_dict()
    return {name: value for name, value in specification.items() if name not in ("config", "$schema")}


def pictured(drawing: str) -> dict[str, Any]:
    """Return the Vega-Lite specification of a thumbnail: in light colours, without rows, of any size."""
    specification = specified(drawing)
    layers = [one for one in specification["layer"] if one.get("data", {}).get("name") not in _NOT_IN_PICTURES]
    return {
        **specification,
        "layer": layers,
        "datasets": {**specification.get("datasets", {}), "rows": [], "ends": []},
        "config": {**theme.configuration("light"), "background": theme.LIGHT["ground"]},
        "width": 100,
        "height": 100,
    }


def compiled(drawing: str) -> dict[str, Any]:
    """Return the Vega specification of a thumbnail, without width and height.

    `warehouse.pages.thumbnail` adds them and the rows, which change nothing else in it.
    """
    vega: dict[str, Any] = vl_convert.vegalite_to_vega(
        pictured(drawing), vl_version=vl_convert.get_vegalite_versions()[-1]
    )
    return {name: value for name, value in vega.items() if name not in ("width", "height")}


def contents(of: Callable[[str], dict[str, Any]]) -> str:
    """Return the contents of a file: a JSON object with a line for each drawing, as `of` returns it."""
    drawings = sorted({panel.drawing for chart in CHARTS for panel in chart.panels})
    lines = [f"{json.dumps(name)}: {json.dumps(of(name), ensure_ascii=False)}" for name in drawings]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    SPECIFICATIONS.write_text(contents(specified), encoding="utf-8")
    COMPILED.write_text(contents(compiled), encoding="utf-8")
