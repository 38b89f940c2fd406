"""Load everything that the page shows from a database: findings, rows, definition changes, and sources with their freshness."""

import base64
import gzip
import json
import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.pages.queries import page_query

# A weekly source is stale after this time: a week, and a day for a late run.
FRESH = timedelta(days=8)
# Size limit of the packed rows of a chart, and of the search. Of a larger table the page has only the newest rows.
MOST_BYTES = 400_000
# Single readings that a panel lists in place of a drawing.
MOST_READINGS = 10
# Longer sentences and names are cut on the page; its tables and CSV files have them whole.
MOST_CHARACTERS = 1000
# Control characters, which XML forbids, and marks that would change the direction of the text after them.
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
Record = dict[str, Any]
Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Source:
    """A source of a chart, and the time of its last collection."""

    key: str
    title: str
    url: str
    licence: str
    citation: str
    caveat: str | None
    collected: str
    stale_since: date | None

    @property
    def is_linked(self) -> bool:
        """Whether `url` is a link."""
        return self.url.startswith("https://")


@dataclass(frozen=True)
class DrawnPanel:
    """A panel with its rows, changes of definition, and stale sources."""

    panel: Panel
    columns: Columns
    made_up: bool
    changes: list[Record]
    stale: list[Record]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.columns["sentence"])

    @property
    def only_day(self) -> str | None:
        """The day of the only reading of each series over time; None if there are more, or if the panel is not over time."""
        days = set(self.columns.get("day", []))
        return None if "row" in self.columns or len(days) != 1 else days.pop()

    @property
    def readings(self) -> list[str]:
        """The first rows in words: what the page shows in place of a drawing that would be single points."""
        return self.columns["sentence"][:MOST_READINGS]

    @property
    def height(self) -> int:
        """Height of the drawing in pixels, without axes; one with rows of text grows with their number."""
        height = self.panel.specification["height"]
        if not isinstance(height, dict):
            return int(height)
        chosen = self.columns[self.panel.choose] if self.panel.choose else [None] * self.rows
        return int(height["step"]) * len(
            {row for row, choice in zip(self.columns["row"], chosen, strict=True) if choice == chosen[0]}
        )

    @property
    def sources(self) -> int:
        """Number of sources of its figures."""
        return len(set(self.columns["source"]))

    @property
    def choices(self) -> list[str]:
        """Values that a reader can choose, in the order of the rows."""
        return list(dict.fromkeys(self.columns[self.panel.choose])) if self.panel.choose else []


@dataclass(frozen=True)
class ChartData:
    """A chart as the page shows it: `rows_here` of the `rows` of its table are in `payload`."""

    chart: Chart
    finding: str
    panels: list[DrawnPanel]
    rows: int
    rows_here: int
    payload: str
    changes: list[Record]
    sources: list[Source]

    @property
    def is_drawn(self) -> bool:
        """Whether a panel has a drawing."""
        return any(panel.only_day is None for panel in self.panels)


def records(connection: duckdb.DuckDBPyConnection, query: str) -> list[Record]:
    """Return the rows of a query, each by the names of its columns."""
    rows = connection.execute(query)
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def readable(text: str) -> str:
    """Return an external text as the page can show it: one line of limited length, without control characters."""
    line = _UNREADABLE.sub("�", " ".join(text.split()))
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def read_sources(connection: duckdb.DuckDBPyConnection, moment: datetime) -> dict[str, Source]:
    """Return all sources by key, with their freshness at `moment`."""
    rows = records(
        connection,
        page_query("sources"),
    )
    return {row["source"]: _source(row, moment) for row in rows}


def _source(row: Record, moment: datetime) -> Source:
    complete, tried = _moment(row["complete_us"]), _moment(row["tried_us"])
    if complete:
        collected = f"last collected on {complete:%-d %B %Y, %H:%M} UTC"
    elif tried:
        collected = "never collected"
    else:
        collected = row["cadence"]
    if tried and tried != complete:
        collected += readable(f"; last attempt on {tried:%-d %B %Y}: {row['status']}, {row['reason']}")
    weekly = complete is not None and row["cadence"].startswith("Weekly")
    stale = complete.date() if complete and weekly and moment.replace(tzinfo=None) - complete > FRESH else None
    title, licence, citation = (readable(row[name]) for name in ("title", "licence", "citation"))
    caveat = row["caveat"] and readable(row["caveat"])
    return Source(row["source"], title, row["url"], licence, citation, caveat, collected, stale)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime(1970, 1, 1) + timedelta(microseconds=microseconds)  # noqa: DTZ001 - UTC


def read_changes(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Record]]:
    """Return the changes of definition by the key of their chart, in order of time."""
    changes: dict[str, list[Record]] = {}
    for change in records(connection, page_query("definition_changes")):
        changes.setdefault(change.pop("chart"), []).append(change)
    return changes


def read_chart(
    connection: duckdb.DuckDBPyConnection,
    chart: Chart,
    changes: list[Record],
    sources: dict[str, Source],
    moment: datetime,
) -> ChartData:
    """Return the data of `chart`; `changes` are the changes of definition within it."""
    name = chart.table.name
    ((rows,),) = connection.execute(f"select count(*) from {name}").fetchall()
    found = connection.execute(chart.finding_select).fetchall()
    finding = readable(found[0][0]) if found and found[0][0] else "There are no figures yet."
    panels = read_panels(connection, chart, changes, sources, moment)
    used = _sources_of(connection, chart)
    payload, here = _payload(connection, chart, panels, rows)
    return ChartData(
        chart, finding, panels, rows, here, payload, changes, [sources[key] for key in used if key in sources]
    )


def read_panels(
    connection: duckdb.DuckDBPyConnection,
    chart: Chart,
    changes: list[Record],
    sources: dict[str, Source],
    moment: datetime,
) -> list[DrawnPanel]:
    """Return the panels of `chart` that have rows: those with a drawing, then those with a single reading."""
    read = (read_panel(connection, panel, changes, sources, moment) for panel in chart.panels)
    return sorted((panel for panel in read if panel is not None), key=lambda panel: panel.only_day is not None)


def _sources_of(connection: duckdb.DuckDBPyConnection, chart: Chart) -> list[str]:
    columns = chart.table.columns
    if "source" in columns:
        query = f"select distinct source from {chart.table.name} order by all"
    elif "sources" in columns:
        query = f"select distinct unnest(string_split(sources, ', ')) from {chart.table.name} order by all"
    else:
        return []
    return [key for (key,) in connection.execute(query).fetchall()]


def read_panel(
    connection: duckdb.DuckDBPyConnection,
    panel: Panel,
    changes: list[Record],
    sources: dict[str, Source],
    moment: datetime,
) -> DrawnPanel | None:
    """Return the rows of a panel with their changes of definition and stale sources; None if it has no rows."""
    rows = connection.execute(panel.select, panel.parameters)
    names = [column[0] for column in rows.description or ()]
    values = rows.fetchall()
    if not values:
        return None
    columns: Columns = {
        name: [_drawable(value) for value in column]
        for name, column in zip(names, zip(*values, strict=True), strict=True)
    }
    used = sorted({key for key in columns["source"] if key})
    days = [day for day in columns.get("day", []) if day]
    return DrawnPanel(
        panel,
        columns,
        made_up=any(key.startswith("sandbox_") for key in used),
        changes=[
            {
                "source": change["source"],
                "day": _drawable(change["period_start"]),
                "short": "definition changed",
                "sentence": f"Definition changed, {change['day']}: {change['what_changed']}",
            }
            for change in changes
            if change["source"] in used and days and min(days) <= _drawable(change["period_start"]) <= max(days)
        ],
        stale=[
            {
                "source": key,
                "day": _drawable(since),
                "until": _drawable(moment.date()),
                "short": f"not collected since {since:%-d %b %Y}",
                "sentence": f"{sources[key].title}: not collected since {since:%-d %B %Y}",
            }
            for key in used
            if key in sources and (since := sources[key].stale_since) is not None and days
        ],
    )


def _payload(
    connection: duckdb.DuckDBPyConnection, chart: Chart, panels: list[DrawnPanel], rows: int
) -> tuple[str, int]:
    """Return the rows of the table and of the panels, packed, and how many rows of the table these are."""
    newest = (
        "order by basis = 'published' desc, period_start desc"
        if {"period_start", "basis"} <= set(chart.table.columns)
        else ""
    )
    drawn = [{"rows": panel.columns, "changes": panel.changes, "stale": panel.stale} for panel in panels]
    here = rows
    while True:
        read = connection.execute(f"from {chart.table.name} {newest} limit {here}")
        names = [column[0] for column in read.description or ()]
        values = read.fetchall()
        table = {name: [_exact(row[number]) for row in values] for number, name in enumerate(names)}
        packed = pack({"table": table, "panels": drawn})
        if len(packed) <= MOST_BYTES or here < 2:
            return packed, len(values)
        here = int(here * MOST_BYTES / len(packed) * 0.9)


def pack(value: object) -> str:
    """Return a value as the page holds it: JSON, compressed, as text."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


# JavaScript has no larger exact integers.
_LARGEST_WHOLE = 2**53


def _exact(value: object) -> object:
    """Return a value of a table as JSON can hold it without loss."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | str() | float():
            return value
        case int():
            return value if abs(value) < _LARGEST_WHOLE else str(value)
        case Decimal():
            return str(value)
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value, default=str, ensure_ascii=False)


def _drawable(value: object) -> object:
    """Return a value of a panel as a drawing reads it; a date has no time zone."""
    match value:
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M}"
        case date():
            return f"{value.isoformat()}T00:00"
        case Decimal():
            return float(value)
        case float() if not math.isfinite(value):
            return None
        case str():
            return readable(value)
        case _:
            return value
