"""Publish a release: build it in a separate folder, check it, and swap it in; readers keep the files they have open.

The release is built in `.incoming` inside the published folder, on the same file system, so that each file is replaced by an
atomic rename. A marker file lists the files of a release that is ready. If the process dies during the swap, the next one
finishes the swap; if it dies earlier, the next one starts over.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
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
from warehouse.release.explorer_files import EXPLORER
from warehouse.release.parquet import PARQUET, write_parquet
from warehouse.tables.core import BASE_MODEL_WEEK
from warehouse.tables.meta import RELEASE
from warehouse.tables.table import sql_literal

DATABASE = "tidegauge.duckdb"
# Below this number of models, one thread writes the Parquet files, next to the page and the checksums.
FEW_MODELS = 500_000
_WEEKS = "select count(*) from meta.week_checksum where table_name = ?"
_INCOMING = ".incoming"
_READY = "READY"
_LAST = "last_release"
_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(rb"\\([0-7]{3})")
_STORED = [table for table in TABLES if table is not RELEASE and not table.is_view]


@dataclass(frozen=True)
class Release:
    """A published release: its number and time, the number of Hub weeks in it, and the rows of each table."""

    version: int
    published_at: datetime
    weeks: int
    rows: dict[str, int]


class MountedAloneError(RuntimeError):
    """Something in the published folder is a mount of its own, and cannot be replaced; nothing was touched."""


def publish(
    database: Database,
    published: Path,
    now: datetime,
    build_page: Callable[[Path, Path], None] = lambda _database, _folder: None,
) -> Release:
    """Publish the working database: the DuckDB file, Parquet files, their index, and the files of `build_page`.

    `build_page` receives the database of the new release and the folder to write further files into. It runs in a thread of
    its own while the Parquet files are written.

    Raises:
        CheckError: the copy differs from the original, or has figures of an unknown source; the last release is kept.
        WarehouseBusyError: another process held the database, or was publishing, for too long.
        MountedAloneError: something in the published folder cannot be replaced; nothing was touched.
    """
    with incoming_release(database, published) as incoming:
        release = _enter_release(database, published, now)
        database.copy_to(incoming / DATABASE)
        # The page takes one processor: build it while the Parquet files are written.
        with (
            ThreadPoolExecutor(max_workers=2) as pool,
            duckdb.connect(str(incoming / DATABASE), read_only=True) as connection,
        ):
            connection.execute("set TimeZone = 'UTC'")
            use_few_threads(connection, FEW_MODELS)  # also of the page, which reads the same file in this process
            _check_copy(connection, release)
            page = pool.submit(build_page, incoming / DATABASE, incoming)
            indexed = pool.submit(inspect, incoming, DATABASE)
            tables = write_parquet(connection, incoming, published)
            page.result()
            build_index(connection, incoming, indexed.result(), tables)
    return release


@contextmanager
def incoming_release(database: Database, published: Path) -> Iterator[Path]:
    """Yield the empty folder to put the files of a release into; swap it in at the end, or leave everything as it was.

    Raises:
        WarehouseBusyError: another process was publishing for too long.
        MountedAloneError: something in the published folder cannot be replaced; nothing was touched.
    """
    public_folder(published)
    if mounts := _mounts_in(published):
        raise MountedAloneError(
            f"{', '.join(map(str, mounts))} is mounted by itself, and cannot be replaced: a release would be half old and half "
            "new. Kept: the last release; nothing was published. To do: mount the whole folder instead, read-only if it is for "
            f"readers: {published}; then tidegauge refresh, which continues; docs/operations.md#mounted_alone"
        )
    with database_lock(_publication_lock(database)):
        finish_interrupted_swap(published)
        incoming = published / _INCOMING
        incoming.mkdir()
        yield incoming
        files = [path for path in incoming.rglob("*") if path.is_file()]
        for path in (incoming, *incoming.rglob("*")):
            # Files linked from the last release are already on disk, with their modes.
            if path.is_dir() or path.stat().st_nlink == 1:
                for_readers(path)
                _to_disk(path)
        _mark_ready(incoming, files)
        finish_interrupted_swap(published)


def _mark_ready(incoming: Path, files: Sequence[Path]) -> None:
    """Mark a release as ready, with the names of its files; the marker is written atomically."""
    mark = incoming / f"{_READY}.unfinished"
    mark.write_text("\n".join(str(file.relative_to(incoming)) for file in files), encoding="utf-8")
    _to_disk(mark)
    mark.replace(incoming / _READY)
    _to_disk(incoming)


def finish_swap_of_a_dead_process(database: Database, published: Path) -> None:
    """Finish a swap that a dead process left incomplete; do nothing while another process publishes."""
    if _mounts_in(published):  # `publish` says so
        return
    with suppress(WarehouseBusyError), database_lock(_publication_lock(database), wait_s=0):
        finish_interrupted_swap(published)


def _publication_lock(database: Database) -> Path:
    return database.local_path.with_name(f"{database.local_path.name}.publication")


def finish_interrupted_swap(published: Path) -> None:
    """Swap in a release that is ready; delete an incomplete one. The caller holds the publication lock."""
    incoming = published / _INCOMING
    ready = incoming / _READY
    if ready.exists():
        # The database last: a reader of its new number finds all other files.
        files = sorted(
            (p for p in incoming.rglob("*") if p.is_file() and p != ready), key=lambda p: p == incoming / DATABASE
        )
        for file in files:
            place = published / file.relative_to(incoming)
            _clear(place)
            public_folder(place.parent)
            if place.name == DATABASE:
                _remove_others(published, set(ready.read_text(encoding="utf-8").splitlines()))
                # The log of a reader that opened the last release for writing does not belong to this one.
                Path(f"{place}.wal").unlink(missing_ok=True)
                for folder in {published, *(published / file.relative_to(incoming).parent for file in files)}:
                    _to_disk(folder)
            file.replace(place)  # a linked file stays in both folders until .incoming is deleted
        _to_disk(published)
    if incoming.exists():
        shutil.rmtree(incoming)


def _mounts_in(published: Path) -> list[Path]:
    """Return what is mounted below the published folder, such as a single file in a container; [] where that is unknown."""
    if not _MOUNTS.exists():
        return []
    # The fifth field is the mount point, with blanks and backslashes in octal (proc_pid_mountinfo(5)).
    fields = [line.split(b" ") for line in _MOUNTS.read_bytes().splitlines()]
    points = [Path(os.fsdecode(_OCTAL.sub(lambda found: bytes([int(found[1], 8)]), one[4]))) for one in fields]
    folder = published.resolve()
    return [point for point in points if folder in point.parents]


def _clear(place: Path) -> None:
    """Remove what blocks a file at `place`: a table may have changed between one file and a folder."""
    if place.parent.is_file():
        place.parent.unlink()
    if place.is_dir():
        shutil.rmtree(place)


def _remove_others(published: Path, files: set[str]) -> None:
    """Remove the Parquet files and those of explore.html that are not among the `files` of a release."""
    if not files:  # the marker of an earlier version of this program
        return
    found = [*(published / PARQUET).rglob("*.parquet"), *(published / EXPLORER).rglob("*")]
    for path in sorted(found, reverse=True):  # files before their folder
        if path.is_file() and str(path.relative_to(published)) not in files:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def is_released(published: Path, source: str, started_at: datetime) -> bool:
    """Return whether the published release has the collection of `source` that started at `started_at`."""
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
    """Add a release to meta.release with the checksums of its tables, close the database, and return the release."""
    version = _published_version(published)
    try:
        try:
            with database.writing() as connection:
                return _entered(connection, version, now, published / DATABASE if version else None)
        except duckdb.IOException:
            if not version:
                raise
            # If rows of the last release cannot be read, sum all rows of this one. Any other error occurs again.
            with database.writing() as connection:
                return _entered(connection, version, now, None)
    finally:
        database.close()  # and detach the last release


def _entered(connection: duckdb.DuckDBPyConnection, version: int, now: datetime, last: Path | None) -> Release:
    if last is not None:
        connection.execute(f"attach {sql_literal(str(last))} as {_LAST} (read_only)")
    # Reuse the number of a release that was never published because its run died.
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
