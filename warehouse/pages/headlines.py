"""Headlines: the newest figure of the main series, each with its change to the week or month before."""

from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.pages.queries import page_query


@dataclass(frozen=True)
class Headline:
    """A figure at the top of the page. `change` is in words, with its unit; `direction` is up, down, level or unknown."""

    chart: str
    name: str
    value: str
    change: str
    direction: str
    on: date


# By the key of its chart. The SELECT is `warehouse/sql/pages/headlines/<key>.sql`.
_NAMES = {
    "hub_models": "public models on the Hub",
    "hub_downloads": "downloads from the Hub in 30 days",
    "model_derivatives": "models built on Llama, at least",
    "community": "subscribers of r/LocalLLaMA",
    "capability_gap": "index points between the best closed and the best open model",
    "arena_gap": "rating points between the best proprietary and the best open model",
    "licences": "of downloads go to models under permissive licences",
    "laptop_models": "text models known to fit a 16 GB laptop at 4 bits",
}


def read_headlines(connection: duckdb.DuckDBPyConnection) -> list[Headline]:
    """Return the headlines that have a figure; `connection` has the text macros."""
    headlines = []
    for chart, name in _NAMES.items():
        query = page_query(f"headlines/{chart}")
        for value, change, change_in_words, on in connection.execute(query).fetchall():
            change_in_words = change_in_words or "no figure for the week before"
            headlines.append(Headline(chart, name, value, change_in_words, _direction(change), on))
    return headlines


def _direction(change: float | None) -> str:
    if change is None:
        return "unknown"
    return "up" if change > 0 else "down" if change < 0 else "level"
