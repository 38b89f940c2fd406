"""How a chart of the page is declared: once, with the finding in words, and the panels that show it.

A panel is a SELECT and a drawing. Every row of it has `said`, the sentence that the tooltip shows and a screen reader reads.
The drawing names fields of these rows and holds no data, so that it is the same for every release.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt

from warehouse.table import Table

Drawing = alt.Chart | alt.LayerChart


@dataclass(frozen=True, eq=False)
class Panel:
    """One drawing of a chart: figures of one basis, which are never joined with those of another.

    `rows` is its SELECT; `choose` names the column that a reader picks one value of, and `choice` says what it is.
    `ends` writes the column `label` beside the last row of every `series`. A `wide` one has a line of its own. `caption`
    says how to read it.
    """

    heading: str
    rows: str
    draw: Callable[[], Drawing]
    bases: tuple[str, ...]
    caption: str = ""
    choose: str = ""
    choice: str = ""
    ends: bool = False
    wide: bool = False

    @cached_property
    def specification(self) -> dict[str, Any]:
        """The Vega-Lite specification; the data are put in under the names of `drawing`."""
        with alt.utils.schemapi.debug_mode(False):
            spec: dict[str, Any] = self.draw().to_dict(validate=False)
        return {name: value for name, value in spec.items() if name not in ("config", "$schema")}


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
