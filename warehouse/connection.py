"""The working database: where it lies, who may write it, and how a write is all or nothing."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
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
        self._lock = FileLock(f"{path}.lock", timeout=LOCK_PATIENCE_SECONDS)
        self._instance: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the only writing connection to the database, in one transaction: committed whole or not at all.

        Waits for another writer up to `LOCK_PATIENCE_SECONDS`; the lock of a process that died is free at once.

        Raises:
            WarehouseBusyError: another process kept the database for longer than that.
        """
        with self._open().cursor() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("begin")
            try:
                yield connection
            except duckdb.Error:
                # What a full disk or a lack of memory leaves behind can do nothing more: the next write opens it anew.
                with suppress(duckdb.Error):
                    connection.execute("rollback")
                self.close()
                raise
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")

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
        if self._instance is not None:
            self._instance.close()
            self._instance = None
            self._lock.release()

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._instance is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout as error:
                raise WarehouseBusyError(
                    f"{self.path} is being written by another process for more than {LOCK_PATIENCE_SECONDS} s. "
                    "Nothing was changed. Wait for it to end, or stop it, and run again."
                ) from error
            try:
                self._instance = duckdb.connect(str(self.path), config=configuration(self.path))
            except BaseException:
                self._lock.release()
                raise
        return self._instance


@contextmanager
def writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the only writing connection to the database at `path`, for one write. Raises like `Database.writing`."""
    with closing(Database(path)) as database, database.writing() as connection:
        yield connection


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the database at `path`, under the same lock: DuckDB has no reader beside a writer."""
    with (
        FileLock(f"{path}.lock", timeout=LOCK_PATIENCE_SECONDS),
        duckdb.connect(str(path), read_only=True, config={"memory_limit": MEMORY_LIMIT}) as connection,
    ):
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def configuration(path: Path) -> dict[str, str | bool | int | float | list[str]]:
    """Give the settings of a writing connection to the database at `path`."""
    return {
        "storage_compatibility_version": STORAGE_VERSION,
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(path.with_name(f"{path.name}.spill")),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
