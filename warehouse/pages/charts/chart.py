"""How a chart of the page is declared: once, with the finding in words, and the panels that show it.

A panel is a SELECT and a drawing. Every row of it has `said`, the sentence that the tooltip shows and a screen reader reads.
The drawing names fields of these rows and holds no data, so that it is the same for every release.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.tables.table import Table

# Made by warehouse.pages.drawings.specify: the drawings in Vega-Lite for the page, and compiled to Vega for pictures.
SPECIFICATIONS = Path(__file__).with_name("specifications.json")
COMPILED = Path(__file__).with_name("compiled.json")


@dataclass(frozen=True, eq=False)
class Panel:
    """One drawing of a chart: figures of one basis, which are never joined with those of another.

    `rows` is its SELECT, and `drawing` names the module and the function of `warehouse.pages.drawings` that draws it.
    `choose` names the column that a reader picks one value of, and `choice` says what it is. `ends` writes the column
    `label` beside the last row of every `series`. A `wide` one has a line of its own. `caption` says how to read it.
    """

    heading: str
    rows: str
    drawing: str
    bases: tuple[str, ...]
    caption: str = ""
    choose: str = ""
    choice: str = ""
    ends: bool = False
    wide: bool = False

    @property
    def specification(self) -> Mapping[str, Any]:
        """The Vega-Lite specification; the data are put in under the names of `drawing`."""
        return _drawings(SPECIFICATIONS)[self.drawing]

    @property
    def compiled(self) -> Mapping[str, Any]:
        """The Vega specification of a picture; the data, the width and the height are put in."""
        return _drawings(COMPILED)[self.drawing]


@dataclass(frozen=True, eq=False)
class Chart:
    """A table of `charts.*` as it is shown: a short name, a SELECT of the finding in words, and its panels.

    The finding is NULL, or has no row, where there is nothing to say yet.
    """

    table: Table
    name: str
    finding: str
    panels: tuple[Panel, ...]

    @property
    def key(self) -> str:
        """The table's name without its schema: the chart's place on the page and among the files."""
        return self.table.name.removeprefix("charts.")


@cache
def _drawings(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found
