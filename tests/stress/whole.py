"""Invariants of a warehouse at any moment: its release is whole, and its rows equal those of an undisturbed run."""

import json
from pathlib import Path

import duckdb

from warehouse.database.schema import TABLES
from warehouse.release.data_package import INDEX, IndexedFile, inspect
from warehouse.release.publish import DATABASE, PARQUET
from warehouse.tables.meta import COLLECTION, RELEASE

Rows = dict[str, tuple[int, str]]
# They tell of attempts and of the moments of writing, not of the world.
_OF_ATTEMPTS = {RELEASE.name, COLLECTION.name, "meta.event"}
_MOMENTS = {"run_id", "recorded_at", "observed_at", "evidence_url", "attributes", "created_at"}


def newest_version(published: Path) -> int | None:
    """Return the number of the release; None if there is none.

    Raises:
        duckdb.Error: the file is not whole.
    """
    if not (published / DATABASE).exists():
        return None
    with duckdb.connect(str(published / DATABASE), read_only=True) as connection:
        return int(connection.execute("select max(version) from meta.release").fetchall()[0][0])


def fault_of(published: Path, *, settled: bool = False) -> str | None:
    """Return what is wrong with a release: its tables against its checksums, and its other files.

    Unless it is `settled`, a release whose swap broke off is in order: the next run finishes it before all else.
    """
    if not (published / DATABASE).exists():
        return "there is no release" if settled else None
    try:
        with duckdb.connect(str(published / DATABASE), read_only=True) as connection:
            version, checksums = connection.execute(
                "select version, checksums from meta.release order by version desc limit 1"
            ).fetchall()[0]
            for name, expected in checksums.items():
                total = f"select coalesce(sum(md5_number_lower(to_json(t)::varchar)), 0)::varchar from {name} as t"
                if connection.execute(total).fetchall()[0][0] != expected:
                    return f"{name} of release {version} is not what its checksum says"
            if (published / ".incoming" / "READY").exists() and not settled:
                return None
            if settled and (published / ".incoming").exists():
                return "a half-made release was left behind"
            if (fault := _fault_of_files(connection, published, version, checksums)) is not None:
                return fault
    except duckdb.Error as error:
        return f"the release cannot be read: {error}"
    if f"release {version}" not in (published / "index.html").read_text(encoding="utf-8").lower():
        return f"the page is not of release {version}"
    return None


def _fault_of_files(
    connection: duckdb.DuckDBPyConnection, published: Path, version: int, checksums: dict[str, str]
) -> str | None:
    """Return what is wrong with the index, or with a file that it names; every Parquet file has the rows of the database."""
    index = json.loads((published / INDEX).read_text(encoding="utf-8"))
    if index["version"] != str(version):
        return f"the index is of release {index['version']}, the database of {version}"
    named = {file["path"]: file for file in index["files"]}
    there = {
        str(path.relative_to(published))
        for path in published.rglob("*")
        if path.is_file() and path.name != INDEX and not path.is_relative_to(published / ".incoming")
    }
    if there != set(named):
        return f"the index of release {version} and the folder differ in {sorted(there ^ set(named))}"
    for path, file in named.items():
        if inspect(published, path, file.get("fingerprint")) != IndexedFile(**file):
            return f"{path} is not what the index of release {version} says"
    for name, place in sorted(
        {(path.split("/")[1].removesuffix(".parquet"), path) for path in named if path.startswith(PARQUET)}
    ):
        written = dict(
            connection.execute(
                "select decode(key), decode(value) from parquet_kv_metadata(?)", [str(published / place)]
            ).fetchall()
        )
        if int(written["release"]) > version:
            return f"{place} is of release {written['release']}, the database of {version}"
        if place.count("/") == 1 and written.get("checksum", checksums.get(name)) != checksums.get(name):
            return f"{place} has the rows of release {written['release']}, the database is of {version}"
    return None


def rows_of(home: Path) -> Rows:
    """Return the number and a hash of the rows of every published table, without what tells of the run that wrote them."""
    rows: Rows = {}
    with duckdb.connect(str(home / "published" / DATABASE), read_only=True) as connection:
        for table in TABLES:
            if table.is_view or table.name in _OF_ATTEMPTS:
                continue
            columns = ", ".join(name for name in table.columns if name not in _MOMENTS)
            total = "count(*), coalesce(sum(md5_number_lower(to_json(t)::varchar)), 0)::varchar"
            found = connection.execute(f"select {total} from (select {columns} from {table.name}) as t").fetchall()
            rows[table.name] = found[0]
    return rows


def differences(found: Rows, expected: Rows) -> list[str]:
    """Return the tables that are not as expected."""
    return [
        f"{name} has {found[name][0]:,} rows and {rows:,} were expected"
        + (", as many, but others" if found[name][0] == rows else "")
        for name, (rows, total) in expected.items()
        if found[name] != (rows, total)
    ]
