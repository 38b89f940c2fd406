"""Write the Parquet files of a release: one for each table and view, or a folder with one for each week.

A file whose rows have not changed since the last release is not written again but hard-linked to the file of that release,
so that the cost of a release does not grow with the history. Published files are never changed in place.
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
from warehouse.tables import short_views
from warehouse.tables.core import AUTHOR_WEEK, BASE_MODEL_NAME, BASE_MODEL_WEEK, MODEL_WEEK, OBSERVATION_LATEST
from warehouse.tables.macros import MACROS, SCALAR_MACROS
from warehouse.tables.snapshots import MODEL_SNAPSHOT, SNAPSHOT_READING
from warehouse.tables.table import Table, sql_literal

PARQUET = "parquet"
# The options of every COPY. Level 1 takes two thirds of the time of level 3, DuckDB's default, for files of the same size.
# Row groups of a third of DuckDB's default make smaller files, and take less memory to fill.
FORMAT = "format parquet, compression zstd, compression_level 1, row_group_size 40960"
# Inner tables, whose views are published instead.
_INNER = {BASE_MODEL_WEEK, BASE_MODEL_NAME, OBSERVATION_LATEST}
# With names on every row this view would be the largest file: the tables that it reads are published instead.
_INNER |= {MODEL_SNAPSHOT}
# The short views of the database show rows of other tables, which have files.
_INNER |= {*short_views.TABLES}
# Published as a folder with a file for each week; the value is the table whose checksums by week identify its rows.
BY_WEEK = {MODEL_WEEK: BASE_MODEL_WEEK, AUTHOR_WEEK: AUTHOR_WEEK, SNAPSHOT_READING: SNAPSHOT_READING}
# No hard links on this file system, too many of this file, or a file of another account.
_NO_LINKS = {
    errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP
}  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """A Parquet file to write: its table, its path in the release, and the SELECT of its rows.

    `checksum` is that of its rows in meta.release or meta.week_checksum, None for a view. Two files with the same
    `fingerprint` have the same rows; None if that is unknown without reading them.
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

    `published` is the folder of the last release. A file is reused from there if it has the same rows according to the index
    of that release, and its bytes match the index; otherwise it is written.
    """
    ((version, published_at),) = connection.execute(
        "select version, published_at from meta.release order by version desc limit 1"
    ).fetchall()
    released = {"release": str(version), "released_on": f"{published_at:%Y-%m-%d}"}
    last = indexed_files(published)
    parts = list(_parts(connection))
    files: dict[_Part, IndexedFile] = {}
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # each SHA-256 takes one processor
        reused: dict[_Part, Future[bool]] = {}
        for part in parts:
            (folder / part.path).parent.mkdir(parents=True, exist_ok=True)
            known = last.get(part.path)
            if known is not None and known.fingerprint is not None and known.fingerprint == part.fingerprint:
                files[part] = known
                reused[part] = pool.submit(_reuse, published, folder, known)
        written: dict[_Part, Future[IndexedFile]] = {}
        # Reused files last: by then their checks have ended.
        for part in sorted(parts, key=reused.__contains__):
            if part not in reused or not reused[part].result():
                _copy(connection, part, folder, released)
                written[part] = pool.submit(inspect, folder, part.path, part.fingerprint)
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
    declared = [one.ddl() for one in read]
    if table.is_view:
        declared += [macro.ddl() for macro in (*SCALAR_MACROS, *MACROS)]
    return _fingerprint(created_at, select, *declared, *sums)


def _fingerprint(created_at: datetime, *parts: str | None) -> str:
    # The database is part of it: the same keys in another database are other models.
    text = "\n".join([created_at.isoformat(), *map(str, parts)])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@cache
def _read_by(table: Table) -> tuple[Table, ...]:
    """Return a table and, for a view, all tables that it reads, directly or through other views."""
    if not table.is_view:
        return (table,)
    by_name = {one.name: one for one in TABLES}
    inputs = [one for name in sorted(table.reads) for one in _read_by(by_name[name])]
    return tuple(dict.fromkeys([table, *inputs]))


def _reuse(published: Path, folder: Path, known: IndexedFile) -> bool:
    """Link a file of the last release into `folder`; return False if it is missing or does not match the index."""
    file = folder / known.path
    try:
        link_or_copy(published / known.path, file)
    except FileNotFoundError:
        return False
    if inspect(folder, known.path, known.fingerprint) == known:
        return True
    file.unlink()
    return False


def link_or_copy(source: Path, target: Path) -> None:
    """Make a file under a second name, by a hard link where the file system has them."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(source, target)


def _copy(connection: duckdb.DuckDBPyConnection, part: _Part, folder: Path, released: Mapping[str, str]) -> None:
    metadata = {**released, **({"checksum": part.checksum} if part.checksum else {})}
    key_values = ", ".join(f"{name}: {sql_literal(value)}" for name, value in metadata.items())
    connection.execute(
        f"copy ({part.select}) to {sql_literal(str(folder / part.path))} ({FORMAT}, kv_metadata {{{key_values}}})"
    )
