"""Declaration of a chart of the page: a table, a finding in words, and the panels that show it.

A panel is a SELECT and a drawing. Each of its rows has a column `sentence`, which is the tooltip and which screen readers read.
A drawing refers to columns of these rows and holds no data, so that it is the same for every release.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.pages.queries import page_query
from warehouse.tables.table import Table

# Written by warehouse.pages.drawings.specify: Vega-Lite for the page, and Vega compiled from it for thumbnails.
SPECIFICATIONS = Path(__file__).with_name("specifications.json")
COMPILED = Path(__file__).with_name("compiled.json")


@dataclass(frozen=True, eq=False)
class Panel:
    """One drawing of a chart; figures of different bases are in different panels, or in different series of one.

    `query` names the file of its SELECT below `warehouse/sql/pages`, and `parameters` the values of $1 and so on.
    `drawing` names a module and a function of `warehouse.pages.drawings`. `choose` is the column of which a reader
    chooses one value, and `choice` its label. `ends` writes the column `label` next to the last row of each `series`.
    A `wide` panel spans all columns of the page. `caption` says how to read it.
    """

    heading: str
    query: str
    drawing: str
    bases: tuple[str, ...]
    parameters: tuple[str | bool, ...] = ()
    caption: str = ""
    choose: str = ""
    choice: str = ""
    ends: bool = False
    wide: bool = False

    @property
    def select(self) -> str:
        """The SELECT of its rows."""
        return page_query(self.query)

    @property
    def specification(self) -> Mapping[str, Any]:
        """The Vega-Lite specification, without data."""
        return _drawings(SPECIFICATIONS)[self.drawing]

    @property
    def compiled(self) -> Mapping[str, Any]:
        """The Vega specification of its thumbnail, without data, width and height."""
        return _drawings(COMPILED)[self.drawing]


@dataclass(frozen=True, eq=False)
class Chart:
    """A table of `charts.*` on the page: its short name and its panels."""

    table: Table
    name: str
    panels: tuple[Panel, ...]

    @property
    def key(self) -> str:
        """The table's name without its schema: the chart's anchor on the page, and the name of its files."""
        return self.table.name.removeprefix("charts.")

    @property
    def finding_select(self) -> str:
        """The SELECT of the finding in words: no row or NULL while there are no figures."""
        return page_query(f"{self.key}/finding")


@cache
def _drawings(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found
