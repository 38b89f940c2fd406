"""The working database as a DuckLake: rows as Parquet files in a folder or an object store, the catalogue in PostgreSQL.

The same statements run in a lake and in a file. Several processes can write at once, and each reader keeps the snapshot
that it started with.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from warehouse.database import schema
from warehouse.database.connection import STORAGE_VERSION, ConflictError, Database, UnreachableError, configuration
from warehouse.tables.table import sql_literal

# Commits to different tables wait for each other too; the default of 10 is too low for several writers.
MOST_COMMIT_ATTEMPTS = 100
EXTENSIONS = ("postgres_scanner", "httpfs", "ducklake")
NAME = "lake"
# Longer than any query of a reader.
SAFE_FOR_READERS = "1 day"
PREFIX = "ducklake:postgres:"


class ExtensionMissingError(RuntimeError):
    """A DuckDB extension that the lake needs is not installed."""


class Lake(Database):
    """A lake at an address such as `ducklake:postgres:dbname=tidegauge host=db`, with its rows below `data`.

    The PostgreSQL password comes from PGPASSWORD or a password file, as for any PostgreSQL client. An object store
    (`s3://bucket/folder`) is accessed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for a store other than
    Amazon's, AWS_ENDPOINT_URL. `catalogue` is the schema of the lake's own tables in PostgreSQL; `working` is a folder on
    this machine for spill files.
    """

    def __init__(self, address: str, catalogue: str, data: str, working: Path) -> None:
        super().__init__()
        self._address = address
        self._catalogue = catalogue
        self.data = data.rstrip("/") + "/"
        self._working = working

    def __str__(self) -> str:
        return f"{self._address}, rows in {self.data}"

    @property
    def local_path(self) -> Path:
        """A path on this machine; writers on other machines are separated by the transactions of the lake."""
        return self._working / NAME

    def exists(self) -> bool:
        """Return whether the database has been created."""
        # By name: listing all tables makes the lake count the rows of each.
        with self.reading() as connection:
            try:
                connection.execute("from meta.warehouse limit 0")
            except duckdb.CatalogException:
                return False
        return True

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection for one transaction; other writers can have theirs at the same time."""
        try:
            with super().writing() as connection:
                yield connection
        except duckdb.TransactionException as error:
            if "conflict" not in str(error):
                raise
            raise ConflictError(f"{str(error).splitlines()[-1]}. Nothing was written. To do: run it again.") from error

    def copy_to(self, path: Path) -> None:
        """Copy a consistent snapshot of every table into a new file with the declared comments and views."""
        self.close()
        with duckdb.connect(config=configuration(path)) as connection:
            attach(connection, self._address, self._catalogue, self.data, read_only=True)
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(
                f"attach {sql_literal(str(path))} as copy (storage_version {sql_literal(STORAGE_VERSION)})"
            )
            connection.execute("use copy")
            connection.execute("begin")
            schema.prepare(connection, datetime.now(UTC))
            copy_tables(connection, NAME, "copy")
            connection.execute("commit")

    def fill_from(self, path: Path) -> None:
        """Replace every table of this lake by that of a file, in one transaction."""
        with self._opened().cursor() as aside:
            aside.execute(f"attach {sql_literal(str(path))} as original (read_only)")
            try:
                with self.writing() as connection:
                    schema.prepare(connection, datetime.now(UTC))
                    copy_tables(connection, "original", NAME)
            finally:
                aside.execute("detach original")

    def tidy(self, keep_days: int) -> None:
        """Merge small files, expire snapshots older than `keep_days` days, and delete files that no snapshot needs.

        Files that became unused within the last `SAFE_FOR_READERS` stay, because a reader may still use them.
        """
        with self._opened().cursor() as connection:
            self._begin_with(connection)
            connection.execute(f"call ducklake_rewrite_data_files({sql_literal(NAME)})")
            connection.execute(f"call ducklake_merge_adjacent_files({sql_literal(NAME)})")
            older = f"older_than => now() - interval {keep_days} days"
            connection.execute(f"call ducklake_expire_snapshots({sql_literal(NAME)}, {older})")
            older = f"older_than => now() - interval '{SAFE_FOR_READERS}'"
            connection.execute(f"call ducklake_cleanup_old_files({sql_literal(NAME)}, {older})")

    def drop(self) -> None:
        """Drop the whole lake with every file and its catalogue."""
        with self._opened().cursor() as connection:
            self._begin_with(connection)
            for name in schema.SCHEMAS:
                connection.execute(f"drop schema if exists {name} cascade")
            connection.execute(f"call ducklake_expire_snapshots({sql_literal(NAME)}, older_than => now())")
            connection.execute(f"call ducklake_cleanup_old_files({sql_literal(NAME)}, cleanup_all => true)")
        self.close()
        with duckdb.connect(config=configuration(self.local_path)) as connection:
            load_extensions(connection)
            connection.execute(f"attach {sql_literal(self._address.removeprefix(PREFIX))} as catalogue (type postgres)")
            connection.execute(f"drop schema catalogue.{self._catalogue} cascade")

    def figures(self) -> dict[str, int]:
        """Return the number of snapshots and data files, and the bytes of the data files."""
        with self.reading() as connection:
            snapshots = f"select count(*) from ducklake_snapshots({sql_literal(NAME)})"
            files = f"select sum(file_count), sum(file_size_bytes) from ducklake_table_info({sql_literal(NAME)})"
            of_files = connection.execute(files).fetchall()[0]
            return {
                "snapshots": int(connection.execute(snapshots).fetchall()[0][0]),
                "files": int(of_files[0] or 0),
                "bytes": int(of_files[1] or 0),
            }

    def _open(self, opening: ExitStack) -> duckdb.DuckDBPyConnection:
        self._working.mkdir(parents=True, exist_ok=True)
        connection = opening.enter_context(duckdb.connect(config=configuration(self.local_path)))
        attach(connection, self._address, self._catalogue, self.data)
        return connection

    def _begin_with(self, connection: duckdb.DuckDBPyConnection) -> None:
        super()._begin_with(connection)
        connection.execute(f"use {NAME}")


def copy_tables(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Replace the rows of every declared table in the attached database `target` by those in `source`."""
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
        UnreachableError: the catalogue cannot be reached, or rejects the login.
    """
    load_extensions(connection)
    try:
        connection.execute(f"attach {sql_literal(address.removeprefix(PREFIX))} as catalogue (type postgres)")
    except duckdb.IOException as error:
        raise UnreachableError(
            f"the lake cannot be reached: {' '.join(str(error).split())} Nothing was done. "
            "To do: start PostgreSQL; or correct TIDEGAUGE_WAREHOUSE or PGPASSWORD."
        ) from error
    if not read_only:
        connection.execute(f"create schema if not exists catalogue.{catalogue}")
    connection.execute("detach catalogue")
    if data.startswith("s3://"):
        connection.execute(_secret(os.environ.get("AWS_ENDPOINT_URL")))
    connection.execute(f"set ducklake_max_retry_count = {MOST_COMMIT_ATTEMPTS}")
    options = [f"data_path {sql_literal(data)}", f"meta_schema {sql_literal(catalogue)}"]
    # With rows inlined in the catalogue, a writer of one row blocks all other writers of that table.
    options += ["data_inlining_row_limit 0", *(["read_only"] if read_only else [])]
    connection.execute(f"attach {sql_literal(address)} as {NAME} ({', '.join(options)})")


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Load the DuckDB extensions that a lake needs. Raises ExtensionMissingError like `attach`."""
    for extension in EXTENSIONS:
        connection.execute(f"load {sql_literal(str(_file_of(extension)))}")


def _file_of(extension: str) -> Path:
    # From an installed package, by path: otherwise DuckDB would download it.
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
    listed = ", ".join(f"{name} {sql_literal(value)}" for name, value in settings.items())
    return f"create or replace secret lake_store (type s3, {listed})"
