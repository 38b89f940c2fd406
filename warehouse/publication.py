"""Publishing: a release is built aside, checked, and swapped in whole; readers keep the one they have open.

Everything is made in `.incoming` inside the published folder, on the same file system, so that each file takes its
place by one atomic rename. A release that is ready carries a mark: if the process dies while swapping, the next one
finishes the swap; if it dies before, the next one starts over.
"""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.checksums import checksum
from warehouse.connection import Database, WarehouseBusyError, alone
from warehouse.datapackage import build_index
from warehouse.derivation import CheckError
from warehouse.migrations import newest
from warehouse.parquet import PARQUET, write_parquet
from warehouse.permissions import for_readers, public_folder
from warehouse.schema import TABLES
from warehouse.table import Table
from warehouse.tables.core import MODEL_READING
from warehouse.tables.meta import RELEASE

DATABASE = "tidegauge.duckdb"
_WEEKS = "select count(*) from meta.week_checksum where table_name = ?"
_INCOMING = ".incoming"
_READY = "READY"


@dataclass(frozen=True)
class Release:
    """A published release: its number, when, the weeks of the Hub in it, and the rows of each table."""

    version: int
    published_at: datetime
    weeks: int
    rows: dict[str, int]


def publish(
    database: Database,
    published: Path,
    now: datetime,
    build_page: Callable[[Path, Path], None] = lambda _database, _folder: None,
) -> Release:
    """Publish the working database: the DuckDB file, a Parquet file for each table, their index, and what `build_page` makes.

    `build_page` is given the new release's database and the folder to write further files into. It runs beside the writing of
    the Parquet files, in a thread of its own.

    Raises:
        CheckError: the copy is not what it was copied from, or has figures of an unknown source; the last release stays.
        WarehouseBusyError: another process kept the database, or was publishing, for too long.
    """
    public_folder(published)
    with alone(_turn(database)):
        finish_interrupted_swap(published)
        incoming = published / _INCOMING
        incoming.mkdir()
        with database.writing() as connection:
            release = _enter_release(connection, published, now)
        database.copy_to(incoming / DATABASE)
        _check_copy(incoming / DATABASE, release)
        # Neither waits for the other: the page is the work of one processor.
        with ThreadPoolExecutor(max_workers=1) as beside:
            page = beside.submit(build_page, incoming / DATABASE, incoming)
            write_parquet(incoming / DATABASE, incoming / PARQUET, release.version, published / PARQUET)
            page.result()
        build_index(incoming / DATABASE, incoming)
        for_readers(incoming)
        for path in incoming.rglob("*"):
            _to_disk(path)
        (incoming / _READY).touch()
        _to_disk(incoming)
        finish_interrupted_swap(published)
    return release


def mend(database: Database, published: Path) -> None:
    """Finish a swap that a dead process left half done; one that is under way is left alone."""
    with suppress(WarehouseBusyError), alone(_turn(database), patience_s=0):
        finish_interrupted_swap(published)


def _turn(database: Database) -> Path:
    return database.beside.with_name(f"{database.beside.name}.publication")


def finish_interrupted_swap(published: Path) -> None:
    """Put a release that is ready into its place; throw away one that is not. The caller is alone with the warehouse."""
    incoming = published / _INCOMING
    if (incoming / _READY).exists():
        # The database last: whoever sees its new number finds everything else there.
        files = sorted(
            (p for p in incoming.rglob("*") if p.is_file() and p.name != _READY), key=lambda p: p.name == DATABASE
        )
        for file in files:
            place = published / file.relative_to(incoming)
            public_folder(place.parent)
            if place.name == DATABASE:
                # A log that a reader left behind, who opened the last release for writing, is not for this one.
                Path(f"{place}.wal").unlink(missing_ok=True)
                for folder in {published, *(published / file.relative_to(incoming).parent for file in files)}:
                    _to_disk(folder)
            file.replace(place)
        _to_disk(published)
    if incoming.exists():
        shutil.rmtree(incoming)


def is_released(published: Path, source: str, started_at: datetime) -> bool:
    """Say whether the published release holds what was collected from `source` in the attempt begun at `started_at`."""
    database = published / DATABASE
    if not database.exists():
        return False
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from meta.collection where source = ? and started_at = ? and status = 'complete'",
            [source, started_at],
        ).fetchall()
    return bool(found[0][0])


def _enter_release(connection: duckdb.DuckDBPyConnection, published: Path, now: datetime) -> Release:
    # A number that was given and never came out, because its run died, is given again.
    connection.execute("delete from meta.release where version > ?", [_published_version(published)])
    # Checksums first: they complete meta.week_checksum.
    checksums = {t.name: checksum(connection, t) for t in TABLES if t is not RELEASE and not t.is_view}
    rows = {table.name: _count(connection, table) for table in TABLES if table is not RELEASE and not table.is_view}
    weeks = int(connection.execute(_WEEKS, [MODEL_READING.name]).fetchall()[0][0])
    version = int(connection.execute("select coalesce(max(version), 0) + 1 from meta.release").fetchall()[0][0])
    connection.execute("insert into meta.release values (?, ?, ?, ?, ?)", [version, now, weeks, newest(), checksums])
    return Release(version, now, weeks, rows)


def _published_version(published: Path) -> int:
    database = published / DATABASE
    if not database.exists():
        return 0
    with duckdb.connect(str(database), read_only=True) as connection:
        return int(connection.execute("select coalesce(max(version), 0) from meta.release").fetchall()[0][0])


def _count(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    return int(connection.execute(f"select count(*) from {table.name}").fetchall()[0][0])


def _check_copy(database: Path, release: Release) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        for table in TABLES:
            expected = release.rows.get(table.name)
            if expected is not None and (found := _count(connection, table)) != expected:
                raise CheckError(f"{table.name} has {found:,} rows in the copy and {expected:,} in the original")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
