"""Restore a database from the Parquet files of a release: load the facts from them and derive the rest.

Every table is compared with its checksum in meta.release, because a readable file is not proof of the right rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.database.checksums import checksum
from warehouse.database.schema import TABLES
from warehouse.migrations import newest
from warehouse.release.parquet import BY_WEEK, PARQUET, place
from warehouse.tables.core import BASE_MODEL_NAME, BASE_MODEL_WEEK, MODEL, MODEL_NAME, MODEL_WEEK
from warehouse.tables.meta import RELEASE, WEEK_CHECKSUM
from warehouse.tables.table import Table, sql_literal

STORED = tuple(table for table in TABLES if not table.is_view)
FACTS = tuple(table for table in STORED if not table.is_derived)
# Published as a view with names in place of the table's keys: load these tables from the files of the view.
_READ_BACK = {
    BASE_MODEL_WEEK: (
        (MODEL_WEEK, MODEL),
        "select week, model_key, downloads_30d, downloads_all_time, likes from {0} join {1} using (hub_id) "
        "order by week, model_key",
    ),
    BASE_MODEL_NAME: (
        (MODEL_NAME, MODEL),
        "from {0} anti join (select hub_id, id, name_since as first_seen from {1}) using (hub_id, id, first_seen)",
    ),
}


class DamagedReleaseError(Exception):
    """The Parquet files are not those of one complete release; nothing is restored from them."""


@dataclass(frozen=True)
class ReleaseFiles:
    """A release as Parquet files: its number, its schema version, and the checksum and the files of each table."""

    version: int
    schema_version: int
    checksums: dict[str, str]
    files: dict[Table, list[Path]]


def find_release(published: Path) -> ReleaseFiles | None:
    """Return the release in the Parquet files of a published folder; None if there are no such files.

    Raises:
        DamagedReleaseError: a file is missing, cannot be read, or belongs to another release; names each of them.
    """
    folder = published / PARQUET
    if not folder.exists():
        return None
    with duckdb.connect() as connection:
        index = place(folder, RELEASE)
        try:
            version, schema_version, checksums = connection.execute(
                f"select version, schema_version, checksums from {sql_literal(str(index))} order by version desc limit 1"
            ).fetchall()[0]
        except (duckdb.Error, IndexError) as error:
            raise _damaged([f"{index}: {_line(error)}"]) from error
        sources = dict.fromkeys(other for table in _stored(checksums) for other in _sources(table))
        weeks = _weeks(connection, folder)
        wrong = [
            f"{file}: {why}"
            for table in sources
            for file, checksum in _expected(folder, table, checksums, weeks).items()
            if (why := _fault(connection, file, version, checksum, is_view=table.is_view))
        ]
    if wrong:
        raise _damaged(wrong)
    if schema_version != newest():
        raise DamagedReleaseError(
            f"release {version} in {folder} has schema version {schema_version}, and this program has {newest()}. Nothing was "
            "changed. To do: check out the version of Tidegauge that made it, restore with that, then update: the next "
            "refresh migrates the tables."
        )
    files = {table: list(_expected(folder, table, checksums, weeks)) for table in sources}
    return ReleaseFiles(version, schema_version, checksums, files)


def load(connection: duckdb.DuckDBPyConnection, release: ReleaseFiles) -> None:
    """Load every fact of a release into a database with empty tables.

    Raises:
        DamagedReleaseError: the rows of a table do not have the checksum of the release; names each file.
    """
    for table in _stored(release.checksums):
        connection.execute(f"delete from {table.name}")  # a new database has a row with its own creation time
        if table is not WEEK_CHECKSUM:  # its checksums are computed again, and compared with the release's
            connection.execute(f"insert into {table.name} by name {_select(release.files, table)}")
    wrong = [
        f"{_named(release.files[_sources(table)[0]])}: its rows are not the released rows of {table.name}"
        for table in FACTS
        if matches_release(connection, release, table) is False
    ]
    if wrong:
        raise _damaged(wrong)


def matches_release(connection: duckdb.DuckDBPyConnection, release: ReleaseFiles, table: Table) -> bool | None:
    """Return whether a table has its checksum in the release; None if the release has no checksum of it."""
    expected = release.checksums.get(table.name)
    return None if expected is None else checksum(connection, table) == expected


def _stored(checksums: dict[str, str]) -> Iterator[Table]:
    """Yield the facts in a release, without those declared after it."""
    return (table for table in FACTS if table is RELEASE or table.name in checksums)


def _sources(table: Table) -> tuple[Table, ...]:
    return _READ_BACK[table][0] if table in _READ_BACK else (table,)


def _select(files: dict[Table, list[Path]], table: Table) -> str:
    sources = [f"read_parquet([{', '.join(sql_literal(str(file)) for file in files[one])}])" for one in _sources(table)]
    return _READ_BACK[table][1].format(*sources) if table in _READ_BACK else f"from {sources[0]}"


def _weeks(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, dict[str, str]]:
    """Return the checksum of each week, by table, for the tables that have checksums by week.

    Raises:
        DamagedReleaseError: the file of the checksums cannot be read.
    """
    file = place(folder, WEEK_CHECKSUM)
    weeks: dict[str, dict[str, str]] = {}
    try:
        found = connection.execute(
            f"select table_name, week::varchar, checksum::varchar from {sql_literal(str(file))} order by all"
        ).fetchall()
    except duckdb.Error as error:
        raise _damaged([f"{file}: {_line(error)}"]) from error
    for name, week, total in found:
        weeks.setdefault(name, {})[week] = total
    return weeks


def _expected(
    folder: Path, table: Table, checksums: dict[str, str], weeks: dict[str, dict[str, str]]
) -> dict[Path, str | None]:
    """Return the files of a table, each with the checksum that its rows must have, None for a view.

    The folder of a table of weeks may contain more files, if a backup keeps deleted ones.
    """
    file = place(folder, table)
    if file.is_dir() and (sums := weeks.get(BY_WEEK[table].name) if table in BY_WEEK else None):
        return {file / f"{week}.parquet": checksum for week, checksum in sums.items()}
    return {file: None if table.is_view else checksums.get(table.name)}


def _fault(
    connection: duckdb.DuckDBPyConnection, file: Path, version: int, checksum: str | None, *, is_view: bool
) -> str | None:
    """Return why a file cannot be of this release, by its metadata: missing, unreadable or of another release; else None."""
    if not file.exists():
        return "it is missing"
    try:
        found = connection.execute(
            f"select decode(key), decode(value) from parquet_kv_metadata({sql_literal(str(file))})"
        ).fetchall()
    except duckdb.Error as error:
        return _line(error)
    metadata = dict(found)
    written = metadata.get("release", "unknown")
    # A file may have been reused from an earlier release. The file of a view has no checksum. Files of versions that never
    # reused files have none either: those all belong to one release.
    if "checksum" in metadata and checksum is not None:
        is_of_release = metadata["checksum"] == checksum
    elif is_view:
        is_of_release = written.isdecimal() and int(written) <= version
    else:
        is_of_release = written == str(version)
    return None if is_of_release else f"it is of release {written}, and the others are of {version}"


def _damaged(wrong: list[str]) -> DamagedReleaseError:
    return DamagedReleaseError(
        f"the release cannot be restored from: {'; '.join(wrong)}. Nothing was changed. To do: restore these files from a "
        "backup of the published folder, all of one release; or move its folder parquet away to restore from stored responses."
    )


def _named(files: list[Path]) -> Path:
    return files[0] if len(files) == 1 else files[0].parent


def _line(error: Exception) -> str:
    return str(error).splitlines()[0][:300]
