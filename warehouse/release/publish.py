"""Publishing: a release is built aside, checked, and swapped in whole; readers keep the one they have open.

Everything is made in `.incoming` inside the published folder, on the same file system, so that each file takes its
place by one atomic rename. A release that is ready carries a mark with the names of its files: if the process dies while
swapping, the next one finishes the swap; if it dies before, the next one starts over.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.database.checksums import table_sums
from warehouse.database.connection import Database, WarehouseBusyError, database_lock, use_few_threads
from warehouse.database.derive import CheckError
from warehouse.database.file_modes import for_readers, public_folder
from warehouse.database.schema import TABLES
from warehouse.migrations import newest
from warehouse.release.data_package import build_index, inspect
from warehouse.release.parquet import PARQUET, write_parquet
from warehouse.tables.core import BASE_MODEL_WEEK
from warehouse.tables.meta import RELEASE
from warehouse.tables.table import sql_literal

DATABASE = "tidegauge.duckdb"
# Fewer models than these are written as Parquet by one thread. The page and the checksums are made beside it.
FEW_MODELS = 500_000
_WEEKS = "select count(*) from meta.week_checksum where table_name = ?"
_INCOMING = ".incoming"
_READY = "READY"
_LAST = "last_release"
_STORED = [table for table in TABLES if table is not RELEASE and not table.is_view]


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
    with database_lock(_turn(database)):
        finish_interrupted_swap(published)
        incoming = published / _INCOMING
        incoming.mkdir()
        release = _enter_release(database, published, now)
        database.copy_to(incoming / DATABASE)
        # The page is the work of one processor: it is made beside the Parquet files.
        with (
            ThreadPoolExecutor(max_workers=2) as beside,
            duckdb.connect(str(incoming / DATABASE), read_only=True) as connection,
        ):
            connection.execute("set TimeZone = 'UTC'")
            use_few_threads(connection, FEW_MODELS)  # the page, which reads the same file in this process, too
            _check_copy(connection, release)
            page = beside.submit(build_page, incoming / DATABASE, incoming)
            indexed = beside.submit(inspect, incoming, DATABASE)
            tables = write_parquet(connection, incoming, published)
            page.result()
            build_index(connection, incoming, indexed.result(), tables)
        files = [path for path in incoming.rglob("*") if path.is_file()]
        for path in (incoming, *incoming.rglob("*")):
            # What is linked from the last release is on the disk, and readable, since then.
            if path.is_dir() or path.stat().st_nlink == 1:
                for_readers(path)
                _to_disk(path)
        _mark_ready(incoming, files)
        finish_interrupted_swap(published)
    return release


def _mark_ready(incoming: Path, files: Sequence[Path]) -> None:
    """Mark a release as ready, with the names of its files: all of the mark is on the disk, or nothing."""
    mark = incoming / f"{_READY}.unfinished"
    mark.write_text("\n".join(str(file.relative_to(incoming)) for file in files), encoding="utf-8")
    _to_disk(mark)
    mark.replace(incoming / _READY)
    _to_disk(incoming)


def finish_swap_of_a_dead_process(database: Database, published: Path) -> None:
    """Finish a swap that a dead process left half done; one that is under way is left alone."""
    with suppress(WarehouseBusyError), database_lock(_turn(database), wait_s=0):
        finish_interrupted_swap(published)


def _turn(database: Database) -> Path:
    return database.local_path.with_name(f"{database.local_path.name}.publication")


def finish_interrupted_swap(published: Path) -> None:
    """Put a release that is ready into its place; throw away one that is not. The caller is alone with the warehouse."""
    incoming = published / _INCOMING
    ready = incoming / _READY
    if ready.exists():
        # The database last: whoever sees its new number finds everything else there.
        files = sorted(
            (p for p in incoming.rglob("*") if p.is_file() and p != ready), key=lambda p: p == incoming / DATABASE
        )
        for file in files:
            place = published / file.relative_to(incoming)
            _clear(place)
            public_folder(place.parent)
            if place.name == DATABASE:
                _remove_others(published, set(ready.read_text(encoding="utf-8").splitlines()))
                # A log that a reader left behind, who opened the last release for writing, is not for this one.
                Path(f"{place}.wal").unlink(missing_ok=True)
                for folder in {published, *(published / file.relative_to(incoming).parent for file in files)}:
                    _to_disk(folder)
            file.replace(place)  # what is linked from there stays in both, and goes with the folder below
        _to_disk(published)
    if incoming.exists():
        shutil.rmtree(incoming)


def _clear(place: Path) -> None:
    """Remove what makes it impossible to put a file at `place`: a table was one file, and is a folder now, or was one."""
    if place.parent.is_file():
        place.parent.unlink()
    if place.is_dir():
        shutil.rmtree(place)


def _remove_others(published: Path, files: set[str]) -> None:
    """Remove the Parquet files that are not among the `files` of a release: weeks, or tables, that are there no longer."""
    if not files:  # the mark of a release that an earlier version of this program made
        return
    for path in sorted((published / PARQUET).rglob("*.parquet"), reverse=True):  # files before their folder
        if path.is_file() and str(path.relative_to(published)) not in files:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


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


def _enter_release(database: Database, published: Path, now: datetime) -> Release:
    """Enter a release into meta.release, with the checksums of its tables; return it, with the database closed."""
    version = _published_version(published)
    try:
        try:
            with database.writing() as connection:
                return _entered(connection, version, now, published / DATABASE if version else None)
        except duckdb.IOException:
            if not version:
                raise
            # If it is rows of the last release that cannot be read, all rows of this one are summed; if not, it fails again.
            with database.writing() as connection:
                return _entered(connection, version, now, None)
    finally:
        database.close()  # and with it the last release


def _entered(connection: duckdb.DuckDBPyConnection, version: int, now: datetime, last: Path | None) -> Release:
    if last is not None:
        connection.execute(f"attach {sql_literal(str(last))} as {_LAST} (read_only)")
    # A number that was given and never came out, because its run died, is given again.
    connection.execute("delete from meta.release where version > ?", [version])
    sums = table_sums(connection, _STORED, _LAST if last is not None else None)
    rows = {table.name: one.rows for table, one in sums.items()}
    checksums = {table.name: str(one.checksum) for table, one in sums.items()}
    weeks = int(connection.execute(_WEEKS, [BASE_MODEL_WEEK.name]).fetchall()[0][0])
    number = int(connection.execute("select coalesce(max(version), 0) + 1 from meta.release").fetchall()[0][0])
    connection.execute("insert into meta.release values (?, ?, ?, ?, ?)", [number, now, weeks, newest(), checksums])
    return Release(number, now, weeks, rows)


def _published_version(published: Path) -> int:
    database = published / DATABASE
    if not database.exists():
        return 0
    with duckdb.connect(str(database), read_only=True) as connection:
        return int(connection.execute("select coalesce(max(version), 0) from meta.release").fetchall()[0][0])


def _check_copy(connection: duckdb.DuckDBPyConnection, release: Release) -> None:
    counts = " union all ".join(f"select '{name}', count(*) from {name}" for name in release.rows)
    for name, found in connection.execute(counts).fetchall():
        if found != release.rows[name]:
            raise CheckError(f"{name} has {found:,} rows in the copy and {release.rows[name]:,} in the original")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
