"""The working database: its location, its locks, and its transactions."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

import duckdb

from warehouse.database.lock import exclusive_lock
from warehouse.tables.table import sql_literal

# DuckDB 1.4 and every later version can open it. From 1.4 on, a file rejects a write-ahead log of another file; older
# formats silently replay it.
STORAGE_VERSION = "v1.4.0"
MEMORY_LIMIT = "1GB"
LOCK_TIMEOUT_SECONDS = 600
# Rewritten tables leave free blocks behind, which later writes reuse. A copy drops them only if they exceed both this share
# of the file and this size: for less, rewriting all rows takes longer than copying the file.
LARGEST_FREE_SHARE = 0.25
LARGEST_FREE_BYTES = 32_000_000


class WarehouseBusyError(RuntimeError):
    """Another process holds the working database and did not release it in time."""


class ConflictError(RuntimeError):
    """Another process has changed the same rows: this write was rolled back and can be retried."""


class UnreachableError(RuntimeError):
    """The catalogue of a lake cannot be reached."""


class NotClosedError(RuntimeError):
    """A database to copy was not closed properly."""


class Database(ABC):
    """The working database: opened at the first use and kept open until `close`, because a run uses it a hundred times.

    Each `writing` and `reading` block has its own connection with its own temporary tables.
    """

    def __init__(self) -> None:
        self._instance: duckdb.DuckDBPyConnection | None = None
        self._kept = ExitStack()

    @property
    @abstractmethod
    def local_path(self) -> Path:
        """A path on this machine; lock files for the whole database are placed next to it."""

    @abstractmethod
    def exists(self) -> bool:
        """Return whether the database has been created."""

    @abstractmethod
    def copy_to(self, path: Path) -> None:
        """Close the database and copy a consistent snapshot of it into a new file at `path`."""

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection for one transaction, which is committed as a whole or not at all.

        A file has one writer at a time: another one waits up to `LOCK_TIMEOUT_SECONDS`. The lock of a dead process is free.

        Raises:
            WarehouseBusyError: another process held the database for longer.
            ConflictError: another writer of a lake committed a change of the same rows first.
        """
        with self._connected() as connection:
            connection.execute("begin")
            yield connection
            connection.execute("commit")

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection for reading."""
        with self._connected() as connection:
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            # An exception closes the connection, which rolls back, even if a full disk has made it unusable.
            with self._opened().cursor() as connection:
                self._begin_with(connection)
                yield connection
        except duckdb.Error:
            # After a full disk, a lack of memory or a lost catalogue the instance is unusable: the next use opens it again.
            self.close()
            raise

    def close(self) -> None:
        """Close the database, which writes a checkpoint, and release its lock; the next use opens it again."""
        self._instance = None
        self._kept.close()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._instance is None:
            with ExitStack() as opening:
                self._instance = self._open(opening)
                self._kept = opening.pop_all()
        return self._instance

    @abstractmethod
    def _open(self, opening: ExitStack) -> duckdb.DuckDBPyConnection:
        """Open the database; `opening` collects what to release when it is closed."""

    def _begin_with(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("set TimeZone = 'UTC'")


class File(Database):
    """The working database in one file. One process has it open at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def local_path(self) -> Path:
        """The file itself."""
        return self.path

    def exists(self) -> bool:
        """Return whether the file exists."""
        return self.path.exists()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection for reading; a read-only one of its own if the database is not open."""
        with super().reading() if self._instance else reading(self.path) as connection:
            yield connection

    def copy_to(self, path: Path) -> None:
        """Copy the file unchanged, or without its free blocks if there are too many."""
        self.close()
        # A closed file has no write-ahead log, so a plain copy is the whole database. The lock keeps writers out.
        with database_lock(self.path):
            if Path(f"{self.path}.wal").exists():
                raise NotClosedError(f"{self.path} has a write-ahead log although it is closed; nothing was copied")
            with duckdb.connect(str(self.path), read_only=True) as connection:
                sizes = "select total_blocks, free_blocks, block_size from pragma_database_size()"
                total, free, size = connection.execute(sizes).fetchall()[0]
            if free <= LARGEST_FREE_SHARE * total or free * size <= LARGEST_FREE_BYTES:
                shutil.copyfile(self.path, path)
                return
            with duckdb.connect(config=configuration(path)) as connection:
                connection.execute(f"attach {sql_literal(str(self.path))} as original (read_only)")
                connection.execute(
                    f"attach {sql_literal(str(path))} as copy (storage_version {sql_literal(STORAGE_VERSION)})"
                )
                connection.execute("copy from database original to copy")

    def _open(self, opening: ExitStack) -> duckdb.DuckDBPyConnection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        settings = configuration(self.path)
        opening.enter_context(database_lock(self.path))
        # Nothing else deletes the spill files of a killed process.
        shutil.rmtree(str(settings["temp_directory"]), ignore_errors=True)
        return opening.enter_context(duckdb.connect(str(self.path), config=settings))


@contextmanager
def writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection for one transaction in the database at `path`. Raises like `Database.writing`."""
    with closing(File(path)) as database, database.writing() as connection:
        yield connection


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the database at `path`, under the same lock: DuckDB has no readers next to a writer.

    Raises:
        WarehouseBusyError: another process held the database for longer than `LOCK_TIMEOUT_SECONDS`.
    """
    with (
        database_lock(path),
        duckdb.connect(str(path), read_only=True, config={"memory_limit": MEMORY_LIMIT}) as connection,
    ):
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def database_lock(path: Path, wait_s: float = LOCK_TIMEOUT_SECONDS) -> AbstractContextManager[None]:
    """Return the lock that keeps other processes from the database at `path`.

    Raises:
        WarehouseBusyError: when it is entered, if another process still holds the lock after `wait_s` seconds.
    """
    busy = WarehouseBusyError(
        f"{path} is kept by another process for more than {wait_s} s. "
        "Nothing was changed. Wait for it to end, or stop it, and run again."
    )
    return exclusive_lock(Path(f"{path}.lock"), busy, wait_s=wait_s)


def use_few_threads(connection: duckdb.DuckDBPyConnection, few_models: int) -> None:
    """Let DuckDB work in one thread if there are fewer models than `few_models`, but not if there are none yet.

    A second thread then costs more than it gains. The first walk may be that of the whole Hub. The setting holds for every
    connection of this process to the same database.
    """
    models = connection.execute("select count(*) from core.model").fetchall()[0][0]
    if 0 < models < few_models:
        connection.execute("set threads = 1")


def is_lake(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the current database is a lake; otherwise it is a file or in memory."""
    kind = "select type from duckdb_databases() where database_name = current_database()"
    return bool(connection.execute(kind).fetchall()[0][0] == "ducklake")


def configuration(path: Path) -> dict[str, str | bool | int | float | list[str]]:
    """Return the settings of a writing connection to the database at `path`."""
    return {
        "storage_compatibility_version": STORAGE_VERSION,
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(path.with_name(f"{path.name}.spill")),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
