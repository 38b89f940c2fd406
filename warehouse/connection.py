"""The working database: where it lies, who may write it, and how a write is all or nothing."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

# Written so that DuckDB 1.4 and every later version can open it. From 1.4 on, a file refuses a write-ahead log that is
# not its own; older forms silently replay it.
STORAGE_VERSION = "v1.4.0"
MEMORY_LIMIT = "1GB"
LOCK_PATIENCE_SECONDS = 600


class WarehouseBusyError(RuntimeError):
    """Another process is writing to the working database and did not finish in time."""


class Database:
    """The working database at a path, opened at the first write and kept open until `close`: a run writes a hundred times.

    Each write and each reading has a connection of its own, with its own temporary tables.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._instance: duckdb.DuckDBPyConnection | None = None
        self._kept = ExitStack()

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the only writing connection to the database, in one transaction: committed whole or not at all.

        Waits for another writer up to `LOCK_PATIENCE_SECONDS`; the lock of a process that died is free at once.

        Raises:
            WarehouseBusyError: another process kept the database for longer than that.
        """
        try:
            # Whatever is raised here closes the connection, which rolls back; also where a full disk has made it unusable.
            with self._opened().cursor() as connection:
                connection.execute("set TimeZone = 'UTC'")
                connection.execute("begin")
                yield connection
                connection.execute("commit")
        except duckdb.Error:
            # After a full disk or a lack of memory it can do nothing more: the next write opens it anew.
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection that is read from; of its own, and read-only, where nothing was written yet."""
        if self._instance is None:
            with reading(self.path) as connection:
                yield connection
        else:
            with self._instance.cursor() as connection:
                connection.execute("set TimeZone = 'UTC'")
                yield connection

    def close(self) -> None:
        """Close the database, so that its file is the whole of it, and let others write; the next write opens it again."""
        self._instance = None
        self._kept.close()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._instance is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            settings = configuration(self.path)
            with ExitStack() as opening:
                opening.enter_context(alone(self.path))
                # What a killed process had spilled would stay for ever.
                shutil.rmtree(str(settings["temp_directory"]), ignore_errors=True)
                self._instance = opening.enter_context(duckdb.connect(str(self.path), config=settings))
                self._kept = opening.pop_all()
        return self._instance


@contextmanager
def writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the only writing connection to the database at `path`, for one write. Raises like `Database.writing`."""
    with closing(Database(path)) as database, database.writing() as connection:
        yield connection


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the database at `path`, under the same lock: DuckDB has no reader beside a writer.

    Raises:
        WarehouseBusyError: another process kept the database for longer than `LOCK_PATIENCE_SECONDS`.
    """
    with (
        alone(path),
        duckdb.connect(str(path), read_only=True, config={"memory_limit": MEMORY_LIMIT}) as connection,
    ):
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep every other process from what lies at `path`, waiting for one that is at it; the lock of a dead one is free.

    Raises:
        WarehouseBusyError: another process kept it for longer than `LOCK_PATIENCE_SECONDS`.
    """
    lock = FileLock(f"{path}.lock", timeout=LOCK_PATIENCE_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise WarehouseBusyError(
            f"{path} is kept by another process for more than {LOCK_PATIENCE_SECONDS} s. "
            "Nothing was changed. Wait for it to end, or stop it, and run again."
        ) from error
    try:
        yield
    finally:
        lock.release()


def configuration(path: Path) -> dict[str, str | bool | int | float | list[str]]:
    """Give the settings of a writing connection to the database at `path`."""
    return {
        "storage_compatibility_version": STORAGE_VERSION,
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(path.with_name(f"{path.name}.spill")),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
