"""A database made anew from the Parquet files of a release: what was seen is read from them, what is derived is derived.

Every table is held against the checksum that the release names for it (meta.release), so that nothing is believed only
because a file could be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.checksums import checksum
from warehouse.migrations import newest
from warehouse.parquet import PARQUET
from warehouse.schema import TABLES
from warehouse.table import Table, quoted
from warehouse.tables.core import FORMER_NAME, MODEL, MODEL_NAME, MODEL_READING, MODEL_WEEK
from warehouse.tables.meta import RELEASE, WEEK_CHECKSUM

STORED = tuple(table for table in TABLES if not table.is_view)
FACTS = tuple(table for table in STORED if not table.is_derived)
# Published in the form of a view that has names where the table has numbers: the view's file is read back.
_READ_BACK = {
    MODEL_READING: (
        (MODEL_WEEK, MODEL),
        "select week, model_key, downloads_30d, downloads_all_time, likes from {0} join {1} using (hub_id) "
        "order by week, model_key",
    ),
    FORMER_NAME: (
        (MODEL_NAME, MODEL),
        "from {0} anti join (select hub_id, id, name_since as first_seen from {1}) using (hub_id, id, first_seen)",
    ),
}


class DamagedReleaseError(Exception):
    """The Parquet files are not those of a whole release: nothing is restored from them."""


@dataclass(frozen=True)
class ReleaseFiles:
    """The Parquet files of a release: its number, its schema version, and the checksum of each table in it."""

    folder: Path
    version: int
    schema_version: int
    checksums: dict[str, str]


def examine(published: Path) -> ReleaseFiles | None:
    """Look at the Parquet files of a published folder; None if there are none at all.

    Raises:
        DamagedReleaseError: names each file that is missing, cannot be read, or is of another release.
    """
    folder = published / PARQUET
    if not folder.exists():
        return None
    with duckdb.connect() as connection:
        index = _file(folder, RELEASE)
        try:
            version, schema_version, checksums = connection.execute(
                f"select version, schema_version, checksums from {quoted(str(index))} order by version desc limit 1"
            ).fetchall()[0]
        except (duckdb.Error, IndexError) as error:
            raise _damaged([f"{index}: {_line(error)}"]) from error
        files = dict.fromkeys(_file(folder, other) for table in _stored(checksums) for other in _sources(table))
        wrong = [f"{file}: {why}" for file in files if (why := _fault(connection, file, version))]
    if wrong:
        raise _damaged(wrong)
    if schema_version != newest():
        raise DamagedReleaseError(
            f"release {version} in {folder} is of schema version {schema_version}, and this is {newest()}. Nothing was "
            "changed. To do: check out the version of Tidegauge that made it, restore with that, then update: the next "
            "refresh brings the tables up to date."
        )
    return ReleaseFiles(folder, version, schema_version, checksums)


def load(connection: duckdb.DuckDBPyConnection, release: ReleaseFiles) -> None:
    """Read every fact of a release into a database whose tables are there and empty.

    Raises:
        DamagedReleaseError: names each file whose rows are not those that the release has checksums of.
    """
    for table in _stored(release.checksums):
        connection.execute(f"delete from {table.name}")  # a new database says of itself when it was made
        if table is not WEEK_CHECKSUM:  # its sums are added up anew, and held against the release's
            connection.execute(f"insert into {table.name} by name {_select(release.folder, table)}")
    wrong = [
        f"{_file(release.folder, _sources(table)[0])}: its rows are not those that were released as {table.name}"
        for table in FACTS
        if is_as_released(connection, release, table) is False
    ]
    if wrong:
        raise _damaged(wrong)


def is_as_released(connection: duckdb.DuckDBPyConnection, release: ReleaseFiles, table: Table) -> bool | None:
    """Say whether a table has the checksum that the release names; None if it names none."""
    expected = release.checksums.get(table.name)
    return None if expected is None else checksum(connection, table) == expected


def _stored(checksums: dict[str, str]) -> Iterator[Table]:
    """Give the facts that a release has; one that is declared since is not in it."""
    return (table for table in FACTS if table is RELEASE or table.name in checksums)


def _sources(table: Table) -> tuple[Table, ...]:
    return _READ_BACK[table][0] if table in _READ_BACK else (table,)


def _select(folder: Path, table: Table) -> str:
    files = [quoted(str(_file(folder, source))) for source in _sources(table)]
    return _READ_BACK[table][1].format(*files) if table in _READ_BACK else f"from {files[0]}"


def _fault(connection: duckdb.DuckDBPyConnection, file: Path, version: int) -> str | None:
    """Say what is wrong with a file at first sight."""
    if not file.exists():
        return "it is missing"
    try:
        found = connection.execute(
            f"select decode(value) from parquet_kv_metadata({quoted(str(file))}) where decode(key) = 'release'"
        ).fetchall()
    except duckdb.Error as error:
        return _line(error)
    if found != [(str(version),)]:
        return f"it is of release {found[0][0] if found else 'unknown'}, and the others are of {version}"
    return None


def _damaged(wrong: list[str]) -> DamagedReleaseError:
    return DamagedReleaseError(
        f"the release cannot be restored from: {'; '.join(wrong)}. Nothing was changed. To do: bring these files back from a "
        "backup of the published folder, all of one release; or move its folder parquet away, and what is landed is read."
    )


def _file(folder: Path, table: Table) -> Path:
    return folder / f"{table.name}.parquet"


def _line(error: Exception) -> str:
    return str(error).splitlines()[0][:300]
