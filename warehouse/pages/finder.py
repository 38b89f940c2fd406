"""The search of index.html: makers, families, communities and the most downloaded models, packed into the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.pages import theme
from warehouse.pages.page_data import MOST_BYTES, pack

FOLDER = Path(__file__).with_name("explore")
_IMPORT = 'import { Data } from "./data.js";\n'


@dataclass(frozen=True)
class Finder:
    """What the page needs for its search: the number of models in it, and their rows with those of all groups."""

    models: int
    payload: str


def pack_finder(known: dict[str, Any]) -> Finder:
    """Return the rows in `known`, packed. If that is too large, the models with the fewest downloads are left out."""
    models = known["models"]
    while True:
        payload = pack({**known, "models": models})
        if len(payload) <= MOST_BYTES or not models:
            return Finder(len(models), payload)
        models = models[: int(len(models) * MOST_BYTES / len(payload) * 0.9)]


def script() -> str:
    """Return the script of explore.html as one text, which reads its rows from the page."""
    page = (FOLDER / "explore.js").read_text(encoding="utf-8")
    embedded = (FOLDER / "embedded.js").read_text(encoding="utf-8")
    return f'"use strict";\n(() => {{\n{embedded}{page.replace(_IMPORT, "")}}})();\n'


def style() -> str:
    """Return what the search and its view need beside the style of all pages."""
    dark = f"@media (prefers-color-scheme: dark) {{ {theme.series_rules('dark')} }}"
    own = (FOLDER / "explore.css").read_text(encoding="utf-8")
    return f"{theme.series_rules('light')}\n{dark}\n{own}"
