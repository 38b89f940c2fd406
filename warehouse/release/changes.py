"""Write the changelog of the data: `CHANGES.md`, what differs from release to release, newest first.

The database of a release is compared with that of the last one. What is only new, such as the figures of another week, is
no change.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.tables.table import sql_literal

CHANGES = "CHANGES.md"
# Of a longer list the first ones are written, and the number of the others.
LONGEST_LIST = 40
_NOW, _WAS = "this_release", "last_release"
_HEAD = """# Changes of the data

What differs from the release before: sources that joined, figures that were restated or withdrawn, definitions, tables and
columns. The figures of another week are no change. A restated figure keeps its earlier rows in core.observation.
"""
_COLLECTED = "select source from {0}.meta.collection where status = 'complete' or (status = 'partial' and rows > 0)"
_KEY = "metric, entity, period_start, basis, source"


@dataclass(frozen=True)
class _Question:
    """A section of the changelog: its title, and the query whose rows are put into `line`."""

    title: str
    line: str
    query: str


_QUESTIONS = (
    _Question(
        "Sources that joined",
        "`{0}`: {1} ({2})",
        f"""
        with joined as (
            (select source, 'collected for the first time' as how from ({_COLLECTED.format(_NOW)})
            anti join ({_COLLECTED.format(_WAS)}) using (source))
            union all
            select source, 'listed for the first time' from {_NOW}.meta.source
            anti join {_WAS}.meta.source using (source)
        )
        select source, min(how), coalesce(any_value(title), 'no figures of its own')
        from joined left join {_NOW}.meta.source using (source) group by source order by source
        """,
    ),
    _Question(
        "Restated figures",
        "`{0}`, `{1}`: {2:,} figures from {3} to {4}; the largest change of a value is {5}",
        f"""
        select
            source, metric, count(*), min(period_start), max(period_start),
            coalesce(
                format('{{:.2f}}%', 100 * max(abs(now.value / was.value - 1)) filter (was.value <> 0)), 'not a ratio'
            )
        from {_NOW}.core.observation_latest as now
        join {_WAS}.core.observation_latest as was using ({_KEY})
        where row(now.value, now.low, now.high) is distinct from row(was.value, was.low, was.high)
        group by all order by all
        """,
    ),
    _Question(
        "Withdrawn figures",
        "`{0}`, `{1}`: {2:,} figures from {3} to {4}",
        f"""
        select source, metric, count(*), min(period_start), max(period_start)
        from {_WAS}.core.observation_latest
        anti join {_NOW}.core.observation_latest using ({_KEY})
        group by all order by all
        """,
    ),
    _Question(
        "Counters of models that fell",
        "week of {0}: the all-time downloads of {1:,} models fell, by {2:,} in all",
        f"""
        select week, models_restated_down, coalesce(restated_down, 0)::bigint from {_NOW}.core.hub_week
        anti join {_WAS}.core.hub_week using (week)
        where models_restated_down > 0 order by week
        """,
    ),
    _Question(
        "Changed definitions",
        "`{0}`, `{1}`, from {2} on: {3}",
        f"""
        select source, metric, effective_on, what_changed from {_NOW}.meta.definition_change
        anti join {_WAS}.meta.definition_change using (source, metric, effective_on, what_changed)
        order by all
        """,
    ),
    *(
        _Question(
            title,
            "`{0}`: {1}",
            f"""
            with one as (from duckdb_columns() where database_name = {sql_literal(ours)} and not internal),
            other as (from duckdb_columns() where database_name = {sql_literal(theirs)} and not internal)
            select
                concat(schema_name, '.', table_name),
                if(
                    any_value(known.table_name) is null, 'the table',
                    string_agg(column_name, ', ' order by column_index)
                )
            from one anti join other using (schema_name, table_name, column_name)
            left join (select distinct schema_name, table_name from other) as known using (schema_name, table_name)
            group by all order by 1
            """,
        )
        for title, ours, theirs in (
            ("New tables and columns", _NOW, _WAS),
            ("Tables and columns that are gone", _WAS, _NOW),
        )
    ),
)


def build_changes(database: Path, last: Path, folder: Path) -> None:
    """Write `CHANGES.md` into `folder` from the database of a release and the published folder `last` of the release before.

    The sections of earlier releases are those of the last changelog.
    """
    written = last / CHANGES
    earlier = _sections(written.read_text(encoding="utf-8")) if written.exists() else []
    # A connection of its own: the release is open in this process, and another database is attached beside it here.
    with closing(duckdb.connect()) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {sql_literal(str(database))} as {_NOW} (read_only)")
        ((version, published_at),) = connection.execute(
            f"select version, published_at from {_NOW}.meta.release order by version desc limit 1"
        ).fetchall()
        title = f"## Release {version} of {published_at:%Y-%m-%d}"
        section = "\n".join([title, "", *_changes(connection, last / database.name)])
    # A release of this number whose publication did not end was never seen.
    kept = [text for text in earlier if not text.startswith(f"## Release {version} ")]
    (folder / CHANGES).write_text("\n\n".join([_HEAD.strip(), section, *kept]) + "\n", encoding="utf-8")


def _sections(text: str) -> list[str]:
    return [f"## {section.strip()}" for section in text.split("\n## ")[1:]]


def _changes(connection: duckdb.DuckDBPyConnection, last: Path) -> Iterator[str]:
    """Yield the lines of a release: its changes since the release in the file `last`."""
    if not last.exists():
        ((sources,),) = connection.execute(f"select count(distinct source) from ({_COLLECTED.format(_NOW)})").fetchall()
        yield f"The first release: {sources} sources were collected."
        return
    try:
        connection.execute(f"attach {sql_literal(str(last))} as {_WAS} (read_only)")
        found = [(question, connection.execute(question.query).fetchall()) for question in _QUESTIONS]
    except duckdb.Error as error:
        why = str(error).partition("\n")[0]
        yield f"Not compared: the release before cannot be read as this one is. {why}"
        return
    if not any(rows for _, rows in found):
        yield "No source, figure, definition or table has changed."
    for question, rows in found:
        if rows:
            yield from _listed(question, rows)


def _listed(question: _Question, rows: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    yield f"### {question.title}"
    yield ""
    for row in rows[:LONGEST_LIST]:
        yield "* " + " ".join(question.line.format(*row).split())
    if len(rows) > LONGEST_LIST:
        yield f"* and {len(rows) - LONGEST_LIST:,} more"
    yield ""
