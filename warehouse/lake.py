"""The working database in a lake: rows as Parquet files in a folder or an object store, their catalogue in PostgreSQL.

DuckLake is DuckDB's own format for it. The same statements run in it as in the file; several processes write at once, and
each reader keeps the snapshot that it began with.
"""

import os
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from warehouse import schema
from warehouse.connection import STORAGE_VERSION, Database, configuration
from warehouse.table import quoted

# Commits that touch other tables wait for each other; the default of 10 is too few for several writers at once.
MOST_COMMIT_ATTEMPTS = 100
EXTENSIONS = ("postgres_scanner", "httpfs", "ducklake")
NAME = "lake"
PREFIX = "ducklake:postgres:"


class ExtensionMissingError(RuntimeError):
    """An extension of DuckDB that the lake needs is not installed."""


class Lake(Database):
    """A lake at an address such as `ducklake:postgres:dbname=tidegauge host=db`, with its rows below `data`.

    The password of PostgreSQL is read from PGPASSWORD or a password file, as its other clients do. Rows in an object store
    (`s3://bucket/folder`) are reached with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for another store than
    Amazon's, AWS_ENDPOINT_URL. `catalogue` is the schema of the lake's own tables in PostgreSQL; `working` is a folder of
    this machine for what is spilled.
    """

    def __init__(self, address: str, catalogue: str, data: str, working: Path) -> None:
        super().__init__()
        self._address = address
        self._catalogue = catalogue
        self._data = data.rstrip("/") + "/"
        self._working = working

    @property
    def beside(self) -> Path:
        """A path on this machine: elsewhere the lake's own transactions keep writers apart."""
        return self._working / NAME

    def exists(self) -> bool:
        """Whether anything was written to it."""
        with self.reading() as connection:
            found = connection.execute(
                "select count(*) from duckdb_tables() where database_name = ? and schema_name = 'meta'", [NAME]
            ).fetchall()
        return bool(found[0][0])

    def copy_to(self, path: Path) -> None:
        """Copy every table, as it is at one moment, into a new file with the comments and views of the declarations."""
        self.close()
        with duckdb.connect(config=configuration(path)) as connection:
            attach(connection, self._address, self._catalogue, self._data, read_only=True)
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach {quoted(str(path))} as copy (storage_version {quoted(STORAGE_VERSION)})")
            connection.execute("use copy")
            connection.execute("begin")
            schema.prepare(connection, datetime.now(UTC))
            copy_tables(connection, NAME, "copy")
            connection.execute("commit")

    def fill_from(self, path: Path) -> None:
        """Bring every table of a file into this lake, in one transaction; what is there is replaced."""
        with self.writing() as connection:
            connection.execute(f"attach if not exists {quoted(str(path))} as original (read_only)")
            schema.prepare(connection, datetime.now(UTC))
            copy_tables(connection, "original", NAME)

    def tidy(self, older_than_days: int) -> None:
        """Join small files, forget snapshots that are older, and delete the files that no snapshot needs any more."""
        with self._opened().cursor() as connection:
            self._begin_with(connection)
            days = f"older_than => now() - interval {older_than_days} days"
            connection.execute(f"call ducklake_flush_inlined_data({quoted(NAME)})")
            connection.execute(f"call ducklake_merge_adjacent_files({quoted(NAME)})")
            connection.execute(f"call ducklake_expire_snapshots({quoted(NAME)}, {days})")
            connection.execute(f"call ducklake_cleanup_old_files({quoted(NAME)}, {days})")

    def _open(self, opening: ExitStack) -> duckdb.DuckDBPyConnection:
        self._working.mkdir(parents=True, exist_ok=True)
        connection = opening.enter_context(duckdb.connect(config=configuration(self.beside)))
        attach(connection, self._address, self._catalogue, self._data)
        return connection

    def _begin_with(self, connection: duckdb.DuckDBPyConnection) -> None:
        super()._begin_with(connection)
        connection.execute(f"use {NAME}")


def copy_tables(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Replace the rows of every declared table in one attached database by those in another."""
    for table in schema.TABLES:
        if not table.is_view:
            connection.execute(f"delete from {target}.{table.name}")
            connection.execute(f"insert into {target}.{table.name} by name from {source}.{table.name}")


def attach(
    connection: duckdb.DuckDBPyConnection, address: str, catalogue: str, data: str, *, read_only: bool = False
) -> None:
    """Attach a lake as `lake`.

    Raises:
        ExtensionMissingError: the packages of the extra `lake` are not installed.
        duckdb.Error: the catalogue or the store cannot be reached.
    """
    for extension in EXTENSIONS:
        connection.execute(f"load {quoted(str(_file_of(extension)))}")
    if data.startswith("s3://"):
        connection.execute(_secret(os.environ.get("AWS_ENDPOINT_URL")))
    connection.execute(f"set ducklake_max_retry_count = {MOST_COMMIT_ATTEMPTS}")
    if not read_only:
        connection.execute(f"attach {quoted(address.removeprefix(PREFIX))} as catalogue (type postgres)")
        connection.execute(f"create schema if not exists catalogue.{catalogue}")
        connection.execute("detach catalogue")
    only = ", read_only" if read_only else ""
    connection.execute(f"attach {quoted(address)} as {NAME} (data_path {quoted(data)}, meta_schema {quoted(catalogue)}{only})")


def _file_of(extension: str) -> Path:
    # From a package, by its path: DuckDB would fetch it from its own host otherwise.
    package = find_spec(f"duckdb_extension_{extension}")
    if package is None or package.origin is None:
        raise ExtensionMissingError(
            f"the lake needs the extension {extension} of DuckDB, and it is not installed. Nothing was done. "
            "To do: uv sync --extra lake, or pip install 'tidegauge[lake]'."
        )
    return Path(package.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"


def _secret(endpoint: str | None) -> str:
    settings = {
        "key_id": os.environ.get("AWS_ACCESS_KEY_ID", ""),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
        "region": os.environ.get("AWS_REGION", "us-east-1"),
    }
    if endpoint:
        parts = urlsplit(endpoint)
        settings |= {"endpoint": parts.netloc, "url_style": "path", "use_ssl": str(parts.scheme == "https").lower()}
    listed = ", ".join(f"{name} {quoted(value)}" for name, value in settings.items())
    return f"create or replace secret lake_store (type s3, {listed})"
