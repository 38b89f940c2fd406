"""The Parquet files of a release: one for each table and view, or a folder with one for each week.

A week that has passed does not change as a rule. Its file is taken over from the release before by a link, if it was
written from the same rows of the same database, as a fingerprint inside the file tells; so that a release costs what is
new in it, however long the history is.
"""

import os
import shutil
from datetime import date
from pathlib import Path

import duckdb

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
BY_WEEK = {MODEL_WEEK: MODEL_READING}


def pattern(table: Table) -> str:
    """Give where a table's files are, below the folder of the Parquet files: its file, or those of all its weeks."""
    return f"{table.name}/*.parquet" if table in BY_WEEK else f"{table.name}.parquet"


def write_parquet(database: Path, folder: Path, version: int, before: Path) -> list[str]:
    """Write the Parquet files of a release into the new folder `folder`; give those of the last one that are to go.

    `before` is the folder of the last release. A stale file is named by its path below it: a week of a table that has
    no such week any more.
    """
    folder.mkdir()
    stale: list[str] = []
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set variable newest_week = (select max(week) from core.model_reading)")
        for table in TABLES:
            if table in BY_WEEK:
                stale += _write_weeks(connection, table, folder / table.name, before / table.name)
                # As a single file, of a release before weeks had files of their own.
                if (before / f"{table.name}.parquet").exists():
                    stale.append(f"{table.name}.parquet")
            elif table not in _INNER:
                newest = " where week = getvariable('newest_week')" if table.newest_week_only else ""
                file = folder / f"{table.name}.parquet"
                _copy(connection, f"from {table.name}{newest}", file, {"release": str(version)})
    return stale


def _write_weeks(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, before: Path) -> list[str]:
    """Write the weeks of a table that the last release does not have as they are; link the others."""
    folder.mkdir()
    weeks: list[tuple[date, str]] = connection.execute(
        """
        select week, concat_ws(' ', epoch_us(created_at), rows, checksum)
        from meta.week_checksum cross join meta.warehouse
        where table_name = ?
        order by week
        """,
        [BY_WEEK[table].name],
    ).fetchall()
    kept = _fingerprints(connection, before)
    for week, fingerprint in weeks:
        file = folder / f"{week}.parquet"
        if kept.get(file.name) == fingerprint:
            _link(before / file.name, file)
        else:
            _copy(connection, f"from {table.name} where week = date '{week}'", file, {"rows": fingerprint})
    names = {f"{week}.parquet" for week, _ in weeks}
    return [f"{table.name}/{name}" for name in kept if name not in names]


def _fingerprints(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, str]:
    """Give the fingerprint of each file in a folder, by its name; an empty one for a file that tells none."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.parquet")):
        try:
            rows = connection.execute(
                "select decode(value) from parquet_kv_metadata(?) where decode(key) = 'rows'", [str(file)]
            ).fetchall()
        except duckdb.Error:  # damaged: it is written anew
            rows = []
        found[file.name] = rows[0][0] if rows else ""
    return found


def _link(file: Path, place: Path) -> None:
    """Give a file a second name, or a copy where the file system knows no links."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, file: Path, told: dict[str, str]) -> None:
    metadata = ", ".join(f"{name}: {quoted(value)}" for name, value in told.items())
    # The first level takes two thirds of the time of the third, DuckDB's own, for files of the same size.
    connection.execute(
        f"copy ({rows}) to {quoted(str(file))} "
        f"(format parquet, compression zstd, compression_level 1, kv_metadata {{{metadata}}})"
    )
