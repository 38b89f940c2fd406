"""The Parquet files of a release: one for each table and view.

A week that has passed does not change as a rule. In the file of the counters of all weeks, its rows are taken over from the
file of the release before as they were packed, if they are the same rows of the same database: a release costs what is new in
it, however long the history is.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import msgspec

from warehouse.row_groups import NotJoinableError, ParquetFile, Part, join
from warehouse.schema import TABLES
from warehouse.table import Table, quoted
from warehouse.tables.core import FORMER_NAME, MODEL_READING, MODEL_WEEK, OBSERVATION_LATEST
from warehouse.tables.snapshots import MODEL_SNAPSHOT

PARQUET = "parquet"
# Read through views that are published in their place.
_INNER = {MODEL_READING, FORMER_NAME, OBSERVATION_LATEST}
# With its names on every row it would be larger than all the others: the tables that it reads are written instead.
_INNER |= {MODEL_SNAPSHOT}
# Views that are written week by week, with the table whose rows they have; its sums by week are in meta.week_checksum.
_BY_WEEK = {MODEL_WEEK: MODEL_READING}
_WEEKS = "weeks"


@dataclass(frozen=True)
class Week:
    """A week in a file: its day, how many rows it has, and what they are told by: the database, their sum, the columns."""

    week: date
    rows: int
    fingerprint: str


def write_parquet(database: Path, folder: Path, version: int, before: Path) -> None:
    """Write the Parquet files of a release into the new folder `folder`; `before` is that of the last release."""
    folder.mkdir()
    with duckdb.connect(str(database), read_only=True) as connection, ThreadPoolExecutor(max_workers=1) as beside:
        connection.execute("set variable newest_week = (select max(week) from core.model_reading)")
        # What is large is carried over by the disk, what is left is worked out by the processor.
        carried = [
            beside.submit(
                _write_weeks, connection.cursor(), table, _place(table, folder), version, _place(table, before)
            )
            for table in _BY_WEEK
        ]
        for table in TABLES:
            if table not in _INNER and table not in _BY_WEEK:
                newest = " where week = getvariable('newest_week')" if table.newest_week_only else ""
                _copy(connection, f"from {table.name}{newest}", _place(table, folder), version)
        for one in carried:
            one.result()


def _place(table: Table, folder: Path) -> Path:
    return folder / f"{table.name}.parquet"


def _write_weeks(connection: duckdb.DuckDBPyConnection, table: Table, place: Path, version: int, before: Path) -> None:
    """Write the weeks that the last release does not have, and join them with those that it has."""
    kept = _parts(before)
    weeks = _weeks(connection, table)
    fresh: list[Path] = []
    parts: list[Part] = []
    for week in weeks:
        if week not in kept:
            fresh.append(place.with_name(f".{week.week}"))
            _copy(connection, f"from {table.name} where week = date '{week.week}'", fresh[-1], version)
            written = ParquetFile.open(fresh[-1])
            kept[week] = Part(written, 0, len(written.row_groups))
        parts.append(kept[week])
    if parts:
        told = {"release": str(version), _WEEKS: msgspec.json.encode(weeks).decode()}
        join(parts, place, told)
    else:
        _copy(connection, f"from {table.name}", place, version)
    for file in fresh:
        file.unlink()


def _weeks(connection: duckdb.DuckDBPyConnection, table: Table) -> list[Week]:
    found = connection.execute(
        """
        select week, rows, concat_ws(' ', epoch_us(created_at), checksum, $columns)
        from meta.week_checksum cross join meta.warehouse
        where table_name = $table
        order by week
        """,
        {"table": _BY_WEEK[table].name, "columns": table.ddl()},
    ).fetchall()
    return [Week(*row) for row in found]


def _parts(before: Path) -> dict[Week, Part]:
    """Give the weeks in the file of the last release, each with its row groups; none if it cannot be used."""
    try:
        file = ParquetFile.open(before)
        weeks = msgspec.json.decode(file.told[_WEEKS], type=list[Week])
    except (FileNotFoundError, NotJoinableError, KeyError, msgspec.DecodeError):
        return {}  # it is the first release, or damaged: all is written anew
    parts: dict[Week, Part] = {}
    first = 0
    for week in weeks:
        last, rows = first, 0
        while rows < week.rows and last < len(file.row_groups):
            rows += file.rows_of(last)
            last += 1
        if rows != week.rows:
            return {}
        parts[week] = Part(file, first, last)
        first = last
    return parts


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, file: Path, version: int) -> None:
    # The first level takes two thirds of the time of the third, DuckDB's own, for files of the same size.
    connection.execute(
        f"copy ({rows}) to {quoted(str(file))} "
        f"(format parquet, compression zstd, compression_level 1, kv_metadata {{release: {quoted(str(version))}}})"
    )
