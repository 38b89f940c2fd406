"""Headlines: the newest figure of the main series, each with its change, the line of its last readings, and its meaning."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import duckdb

from warehouse.pages.queries import page_query

# A line of fewer readings shows nothing that the figure does not say.
FEWEST_READINGS = 3
MOST_READINGS = 26
# Size of a line in pixels.
WIDTH, HEIGHT = 96, 28
# Distance of a line from the edges, so that its last mark is whole.
_EDGE = 4


@dataclass(frozen=True)
class Sparkline:
    """The line of the last readings: the `d` of an SVG path, and the place of the newest reading."""

    path: str
    x: float
    y: float
    readings: int


@dataclass(frozen=True)
class Headline:
    """A figure at the top of the page. `change` is in words, with its unit; `direction` is up, down, level or unknown.

    `meaning` says how to read the figure or its change. `line` is None while there are too few readings.
    """

    chart: str
    name: str
    meaning: str
    value: str
    change: str
    direction: str
    on: date
    line: Sparkline | None


@dataclass(frozen=True)
class _Reading:
    """A row of `warehouse/sql/pages/headlines/<chart>.sql`."""

    day: date
    value: float | None
    shown: str | None
    change: float | None
    change_in_words: str | None
    stretch: int


_A_FALLING_GAP = "A falling gap is good for open models."
# Name and meaning, by the key of the chart.
_SERIES = {
    "hub_downloads": ("downloads from the Hub in 30 days", "File requests, not users."),
    "hub_models": ("public models on the Hub", "Models that were removed are not counted."),
    "capability_gap": ("points of Epoch's index between the best closed and the best open model", _A_FALLING_GAP),
    "arena_gap": ("points on the Arena between the best closed and the best open model", _A_FALLING_GAP),
    "laptop_models": ("text models fit a 16 GB laptop, at least", "At 4 bits; models of unknown size are not counted."),
    "model_derivatives": ("models are built on Llama, at least", "Models that do not name their base are not counted."),
    "community": ("subscribers of r/LocalLLaMA", "People who run models themselves."),
    "licences": ("of downloads have a permissive licence", "It allows use for any purpose."),
}


def read_headlines(connection: duckdb.DuckDBPyConnection) -> list[Headline]:
    """Return the headlines that have a newest figure; `connection` has the text macros."""
    headlines = []
    for chart, (name, meaning) in _SERIES.items():
        rows = connection.execute(page_query(f"headlines/{chart}")).fetchall()
        readings = [_Reading(*row) for row in rows]
        newest = readings[-1] if readings else None
        if newest is None or newest.shown is None:
            continue
        headlines.append(
            Headline(
                chart,
                name,
                meaning,
                newest.shown,
                newest.change_in_words or ("first reading" if len(readings) == 1 else "no figure for the week before"),
                _direction(newest.change),
                newest.day,
                sparkline([(one.day, one.value, one.stretch) for one in readings]),
            )
        )
    return headlines


def common_day(headlines: list[Headline]) -> date | None:
    """Return the day of most headlines, the newest of several: the page says it once."""
    days = Counter(headline.on for headline in headlines)
    return max(days, key=lambda day: (days[day], day), default=None)


def sparkline(readings: list[tuple[date, float | None, int]]) -> Sparkline | None:
    """Return the line of the last readings of day, value and stretch; None while there are too few.

    A line joins only readings of one stretch; the scale spans the lowest and the highest reading.
    """
    known = [(day, value, stretch) for day, value, stretch in readings[-MOST_READINGS:] if value is not None]
    if len(known) < FEWEST_READINGS:
        return None
    first, last = known[0][0], known[-1][0]
    low, high = min(value for _, value, _ in known), max(value for _, value, _ in known)

    def place(day: date, value: float) -> tuple[float, float]:
        right = (day - first) / (last - first)
        up = (value - low) / (high - low) if high > low else 0.5
        x, y = _EDGE + right * (WIDTH - 2 * _EDGE), HEIGHT - _EDGE - up * (HEIGHT - 2 * _EDGE)
        return round(x, 1), round(y, 1)

    pieces = []
    for _, together in groupby(known, key=lambda reading: reading[2]):
        places = [place(day, value) for day, value, _ in together]
        # A stretch of one reading is a point: a line of no length with round ends.
        pieces.append("M" + "L".join(f"{x} {y}" for x, y in (places if len(places) > 1 else places * 2)))
    x, y = place(last, known[-1][1])
    return Sparkline("".join(pieces), x, y, len(known))


def _direction(change: float | None) -> str:
    if change is None:
        return "unknown"
    return "up" if change > 0 else "down" if change < 0 else "level"
