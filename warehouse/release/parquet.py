"""The Parquet files of a release: one for each table and view; for a table of weeks a folder with one for each week.

A file whose rows have not changed since the last release is not written again. It becomes a hard link to the file of that
release, so a release costs what is new in it, however long the history is. Published files are never changed in place.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb

from warehouse.database.checksums import KEPT_BY_WEEK
from warehouse.database.schema import TABLES
from warehouse.release.data_package import IndexedFile, indexed_files, inspect
from warehouse.tables.core import AUTHOR_WEEK, BASE_MODEL_NAME, BASE_MODEL_WEEK, MODEL_WEEK, OBSERVATION_LATEST
from warehouse.tables.macros import MACROS
from warehouse.tables.snapshots import MODEL_SNAPSHOT, SNAPSHOT_READING
from warehouse.tables.table import Table, sql_literal

PARQUET = "parquet"
# The options of every COPY. The first level takes two thirds of the time of the third, DuckDB's own, for files of the same
# size. Row groups of a third of DuckDB's own size are smaller together, and take less memory to fill.
FORMAT = "format parquet, compression zstd, compression_level 1, row_group_size 40960"
# Read through views that are published in their place.
_INNER = {BASE_MODEL_WEEK, BASE_MODEL_NAME, OBSERVATION_LATEST}
# With its names on every row it would be larger than all the others: the tables that it reads are written instead.
_INNER |= {MODEL_SNAPSHOT}
# Published as a folder with a file for each week, and the table whose sums by week (meta.week_checksum) tell its rows.
BY_WEEK = {MODEL_WEEK: BASE_MODEL_WEEK, AUTHOR_WEEK: AUTHOR_WEEK, SNAPSHOT_READING: SNAPSHOT_READING}
# The file system has no hard links, or none more of this file; or the file is of another account.
_NO_LINKS = {
    errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP
}  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """A Parquet file to be: its table, its path in the release, its rows as a SELECT, and what tells whether they changed.

    `checksum` is the sum of its rows as in meta.release or meta.week_checksum, None for a view. Two files of the same
    `fingerprint` have the same rows; None where nothing is known without reading them.
    """

    table: Table
    path: str
    select: str
    checksum: str | None
    fingerprint: str | None


def write_parquet(
    connection: duckdb.DuckDBPyConnection, folder: Path, published: Path
) -> dict[Table, list[IndexedFile]]:
    """Write the Parquet files of the release that `connection` reads into `folder`; return the files of each table.

    `published` is the folder of the last release. A file is taken over from there if the index of that release says that it
    has the same rows, and its bytes are still those that the index names; otherwise it is written.
    """
    ((version,),) = connection.execute("select max(version) from meta.release").fetchall()
    last = indexed_files(published)
    parts = list(_parts(connection))
    files: dict[_Part, IndexedFile] = {}
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as beside:  # each SHA-256 takes one processor
        taken_over: dict[_Part, Future[bool]] = {}
        for part in parts:
            (folder / part.path).parent.mkdir(parents=True, exist_ok=True)
            known = last.get(part.path)
            if known is not None and known.fingerprint is not None and known.fingerprint == part.fingerprint:
                files[part] = known
                taken_over[part] = beside.submit(_take_over, published, folder, known)
        written: dict[_Part, Future[IndexedFile]] = {}
        # What was taken over last: by then it is known whether it could be.
        for part in sorted(parts, key=taken_over.__contains__):
            if part not in taken_over or not taken_over[part].result():
                _copy(connection, part, folder, version)
                written[part] = beside.submit(inspect, folder, part.path, part.fingerprint)
        files |= {part: future.result() for part, future in written.items()}
    tables: dict[Table, list[IndexedFile]] = {}
    for part in parts:
        tables.setdefault(part.table, []).append(files[part])
    return tables


def place(folder: Path, table: Table) -> Path:
    """Return the path of a table below the folder `parquet`: a file, or a folder with a file for each week."""
    return folder / f"{table.name}.parquet"


def _parts(connection: duckdb.DuckDBPyConnection) -> Iterator[_Part]:
    ((created_at, checksums),) = connection.execute(
        "select created_at, checksums from meta.release cross join meta.warehouse order by version desc limit 1"
    ).fetchall()
    weeks: dict[str, list[tuple[date, str]]] = {}
    for name, week, checksum in connection.execute(
        "select table_name, week, checksum::varchar from meta.week_checksum order by table_name, week"
    ).fetchall():
        weeks.setdefault(name, []).append((week, checksum))
    newest = weeks[BASE_MODEL_WEEK.name][-1][0].isoformat() if BASE_MODEL_WEEK.name in weeks else None
    for table in TABLES:
        path = place(Path(PARQUET), table).as_posix()
        summed = BY_WEEK.get(table)
        if table in _INNER:
            continue
        if summed is not None and summed.name in weeks:
            for week, checksum in weeks[summed.name]:
                select = f"from {table.name} where {KEPT_BY_WEEK[summed]} = date '{week}'"
                yield _Part(
                    table, f"{path}/{week}.parquet", select, checksum, _fingerprint(created_at, table.ddl(), checksum)
                )
        else:
            select = f"from {table.name}"
            if table.newest_week_only:
                select += f" where week = {sql_literal(newest) if newest else 'null'}::date"
            checksum = None if table.is_view else checksums.get(table.name)
            yield _Part(table, path, select, checksum, _whole_fingerprint(table, select, created_at, checksums))


def _whole_fingerprint(table: Table, select: str, created_at: datetime, checksums: Mapping[str, str]) -> str | None:
    read = _read_by(table)
    sums = [checksums.get(one.name) for one in read if not one.is_view]
    if None in sums:  # meta.release has no checksum of itself
        return None
    declared = [one.ddl() for one in read] + ([macro.ddl() for macro in MACROS] if table.is_view else [])
    return _fingerprint(created_at, select, *declared, *sums)


def _fingerprint(created_at: datetime, *told: str | None) -> str:
    # The database is part of it: keys of another one are those of other models.
    text = "\n".join([created_at.isoformat(), *map(str, told)])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@cache
def _read_by(table: Table) -> tuple[Table, ...]:
    """Return a table, and for a view all that it reads, directly or through other views."""
    if not table.is_view:
        return (table,)
    by_name = {one.name: one for one in TABLES}
    inputs = [one for name in sorted(table.reads) for one in _read_by(by_name[name])]
    return tuple(dict.fromkeys([table, *inputs]))


def _take_over(published: Path, folder: Path, known: IndexedFile) -> bool:
    """Link a file of the last release into `folder`; return False if it is missing, or its bytes are not those indexed."""
    file = folder / known.path
    try:
        _link(published / known.path, file)
    except FileNotFoundError:
        return False
    if inspect(folder, known.path, known.fingerprint) == known:
        return True
    file.unlink()
    return False


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(source, target)


def _copy(connection: duckdb.DuckDBPyConnection, part: _Part, folder: Path, version: int) -> None:
    metadata = {"release": str(version)} | ({"checksum": part.checksum} if part.checksum else {})
    told = ", ".join(f"{name}: {sql_literal(value)}" for name, value in metadata.items())
    connection.execute(
        f"copy ({part.select}) to {sql_literal(str(folder / part.path))} ({FORMAT}, kv_metadata {{{told}}})"
    )
