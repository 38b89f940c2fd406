"""Makes the two files of specifications out of the drawings: run `python -m warehouse.pages.drawings.specify` after changing one.

The page draws from Vega-Lite. A picture draws from Vega, which Vega-Lite is compiled to: compiling takes as long as drawing.
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

# A picture has no room to mark a change of definition or a source that is out of date.
_NOT_IN_PICTURES = {"changes", "stale"}


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


def pictured(drawing: str) -> dict[str, Any]:
    """Return the Vega-Lite specification of a drawing as a picture shows it: light, without rows, of any size."""
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
    """Return what `pictured` is compiled to in Vega, without its width and height.

    Neither they nor the rows change anything else in it, so `warehouse.pages.picture` can fill them in.
    """
    vega: dict[str, Any] = vl_convert.vegalite_to_vega(
        pictured(drawing), vl_version=vl_convert.get_vegalite_versions()[-1]
    )
    return {name: value for name, value in vega.items() if name not in ("width", "height")}


def contents(of: Callable[[str], dict[str, Any]]) -> str:
    """Return what a file holds: a JSON object with a line for each drawing of the page, `specified` or `compiled`."""
    drawings = sorted({panel.drawing for chart in CHARTS for panel in chart.panels})
    lines = [f"{json.dumps(name)}: {json.dumps(of(name), ensure_ascii=False)}" for name in drawings]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    SPECIFICATIONS.write_text(contents(specified), encoding="utf-8")
    COMPILED.write_text(contents(compiled), encoding="utf-8")
