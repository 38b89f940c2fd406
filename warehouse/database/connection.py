"""The working database: where it lies, who may write it, and how a write is all or nothing."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

import duckdb

from warehouse.database.lock import exclusive_lock
from warehouse.tables.table import sql_literal

# Written so that DuckDB 1.4 and every later version can open it. From 1.4 on, a file refuses a write-ahead log that is
# not its own; older forms silently replay it.
STORAGE_VERSION = "v1.4.0"
MEMORY_LIMIT = "1GB"
LOCK_TIMEOUT_SECONDS = 600
# Tables that are written again leave empty blocks behind, which the next ones fill. A copy leaves them out if they are more
# than this share of the file and more than so many bytes: to write all rows again for less takes longer than to copy it.
LARGEST_FREE_SHARE = 0.25
LARGEST_FREE_BYTES = 32_000_000


class WarehouseBusyError(RuntimeError):
    """Another process is writing to the working database and did not finish in time."""


class ConflictError(RuntimeError):
    """Another process has changed the same rows meanwhile: this write was undone, and can be tried again."""


class UnreachableError(RuntimeError):
    """The catalogue of a lake does not answer."""


class NotClosedError(RuntimeError):
    """A database that is to be copied has not been closed properly."""


class Database(ABC):
    """The working database: opened at the first use and kept open until `close`, for a run uses it a hundred times.

    Each write and each reading has a connection of its own, with its own temporary tables.
    """

    def __init__(self) -> None:
        self._instance: duckdb.DuckDBPyConnection | None = None
        self._kept = ExitStack()

    @property
    @abstractmethod
    def beside(self) -> Path:
        """A path beside which locks on the whole of it lie."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether anything was written to it."""

    @abstractmethod
    def copy_to(self, path: Path) -> None:
        """Copy all of it into a new file at `path`, as it is at one moment. It is closed before."""

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection for one transaction: committed whole or not at all.

        A file has one writer at a time, waited for up to `LOCK_TIMEOUT_SECONDS`; that of a process that died is gone.

        Raises:
            WarehouseBusyError: another process kept the database for longer than that.
            ConflictError: a lake has several writers at a time, and another one was first.
        """
        with self._connected() as connection:
            connection.execute("begin")
            yield connection
            connection.execute("commit")

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection that is read from."""
        with self._connected() as connection:
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            # Whatever is raised here closes the connection, which rolls back; also where a full disk has made it unusable.
            with self._opened().cursor() as connection:
                self._begin_with(connection)
                yield connection
        except duckdb.Error:
            # After a full disk, a lack of memory or a lost catalogue it can do nothing more: the next use opens it again.
            self.close()
            raise

    def close(self) -> None:
        """Close the database, so that what was written is whole, and let others write; the next use opens it again."""
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
        """Open it, together with whatever is to be let go of when it is closed."""

    def _begin_with(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("set TimeZone = 'UTC'")


class File(Database):
    """The working database in one file: it has one writer, or several readers, at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def beside(self) -> Path:
        """The file itself."""
        return self.path

    def exists(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection that is read from; of its own, and read-only, where nothing was written yet."""
        with super().reading() if self._instance else reading(self.path) as connection:
            yield connection

    def copy_to(self, path: Path) -> None:
        """Copy the file as it is, or without its empty blocks where they are too many."""
        self.close()
        # Closed, and so free of a write-ahead log: a plain copy is the whole database. Nobody writes meanwhile.
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
        # What a killed process had spilled would stay for ever.
        shutil.rmtree(str(settings["temp_directory"]), ignore_errors=True)
        return opening.enter_context(duckdb.connect(str(self.path), config=settings))


@contextmanager
def writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the only writing connection to the database at `path`, for one write. Raises like `Database.writing`."""
    with closing(File(path)) as database, database.writing() as connection:
        yield connection


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the database at `path`, under the same lock: DuckDB has no reader beside a writer.

    Raises:
        WarehouseBusyError: another process kept the database for longer than `LOCK_TIMEOUT_SECONDS`.
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
    """Say whether the database in use is a lake; if not, it is a file, or in memory."""
    kind = "select type from duckdb_databases() where database_name = current_database()"
    return bool(connection.execute(kind).fetchall()[0][0] == "ducklake")


def configuration(path: Path) -> dict[str, str | bool | int | float | list[str]]:
    """Give the settings of a writing connection to the database at `path`."""
    return {
        "storage_compatibility_version": STORAGE_VERSION,
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(path.with_name(f"{path.name}.spill")),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
