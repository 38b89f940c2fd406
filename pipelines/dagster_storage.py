"""Dagster's SQLite storage with connections that stay open and one transaction for a batch of events.

Dagster's own `DagsterSqliteStorage` creates an engine, opens the file, commits and closes it for every statement. Here each
database file has one engine for the life of the process, so that compiled statements are reused, and the events that a
step emits in one burst are stored together. Dagster's own methods build the rows, in Dagster's own schema: the two storages
are interchangeable on the same files.
"""

import json
import os
import shutil
import sqlite3
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import sqlalchemy
from dagster import AssetKey, DagsterEventType, EventLogRecord
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.storage.event_log.schema import AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
    _schedule_directory,
)
from dagster._serdes import deserialize_value

if TYPE_CHECKING:
    from dagster import AssetRecord, EventLogEntry
    from dagster._serdes import ConfigurableClassData
    from sqlalchemy.engine import Connection, Engine

# Events that another event of the same run always follows immediately: they wait for it, and share its transaction.
_FOLLOWED = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
        DagsterEventType.STEP_OUTPUT,
        DagsterEventType.HANDLED_OUTPUT,
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_CHECK_EVALUATION,
    }
)
_INSERT_EVENT = SqlEventLogStorageTable.insert()
_INDEXED = ASSET_EVENTS | ASSET_CHECK_EVENTS | set(EVENT_TYPE_TO_PIPELINE_RUN_STATUS)
_UPDATE_ASSET = AssetKeyTable.update().where(AssetKeyTable.c.asset_key == sqlalchemy.bindparam("key"))
# Each run has its own database. A web server that shows many runs keeps the newest of them open.
_MOST_ENGINES = 16


class _Engines:
    """One SQLAlchemy engine for each database file, created at its first use; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._process = os.getpid()

    def engine(self, url: str) -> "Engine":
        """Return the engine for a database URL."""
        with self._lock:
            if self._process != os.getpid():  # a fork must not share the connections of its parent
                self._engines, self._process = OrderedDict(), os.getpid()
            if url not in self._engines:
                self._engines[url] = _engine(url)
            self._engines.move_to_end(url)
            if len(self._engines) > _MOST_ENGINES:
                self._engines.popitem(last=False)[1].dispose()
            return self._engines[url]

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        with self._lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


class _Batch:
    """The transactions in which one batch of events is stored: one for each database file."""

    def __init__(self, transactions: ExitStack) -> None:
        self._transactions = transactions
        self._connections: dict[str, Connection] = {}

    def connection(self, shard: str, begin: "Callable[[str], AbstractContextManager[Connection]]") -> "Connection":
        """Return the connection to a file, in the batch's transaction there."""
        if shard not in self._connections:
            self._connections[shard] = self._transactions.enter_context(begin(shard))
        return self._connections[shard]


def _url(folder: str, name: str) -> str:
    """Return the URL of a database file; Dagster's own does not quote the path."""
    file = Path(folder).absolute() / f"{name}.db"
    return sqlalchemy.URL.create("sqlite", database=str(file)).render_as_string()


def _engine(url: str) -> "Engine":
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @sqlalchemy.event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # Safe with a write-ahead log, which these files have: a power cut loses the last commits and damages nothing.
        connection.execute("pragma synchronous = normal")

    return engine


def _revision(engine: "Engine") -> str | None:
    """Return the version of Dagster's schema in a database file; None if it has no tables yet."""
    with engine.connect() as connection:
        try:
            return connection.exec_driver_sql("select version_num from alembic_version").scalar()
        except sqlalchemy.exc.OperationalError:
            return None


class EventLogStorage(SqliteEventLogStorage):
    """Dagster's event log in SQLite; the events of a burst are stored in one transaction for each file.

    A burst ends with the first event that is not in `_FOLLOWED`, such as the success of its step. Until then its events are
    in memory: a read through this object stores them first, and a process that is killed loses them.
    """

    def __init__(self, base_dir: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        self._engines = _Engines()
        self._storing = threading.RLock()
        self._waiting: list[EventLogEntry] = []
        self._batch: _Batch | None = None
        self._reads_past_waiting = False
        self._tables: set[str] = set()
        self._indexes: set[str] = set()
        super().__init__(base_dir, inst_data)

    def conn_string_for_shard(self, shard_name: str) -> str:
        """Return the URL of a database file, of any path."""
        return _url(self._base_dir, shard_name)

    def store_event(self, event: "EventLogEntry") -> None:
        """Store an event, or hold it until the next one if that follows immediately."""
        with self._storing:
            if self._waiting and self._waiting[0].run_id != event.run_id:
                self._store_waiting()
            self._waiting.append(event)
            if not (event.run_id and event.is_dagster_event and event.dagster_event_type in _FOLLOWED):
                self._store_waiting()

    def store_event_batch(self, events: "Sequence[EventLogEntry]") -> None:
        """Store events in one transaction for each database file."""
        with self._storing:
            self._waiting.extend(events)
            self._store_waiting()

    def get_asset_records(self, asset_keys: "Sequence[AssetKey] | None" = None) -> "Sequence[AssetRecord]":
        """Return the records of assets; held events of other assets are still held afterwards."""
        with self._storing:
            held = {event.dagster_event.asset_key for event in self._waiting if event.dagster_event}
            self._reads_past_waiting = asset_keys is not None and held.isdisjoint(asset_keys)
            try:
                return super().get_asset_records(asset_keys)
            finally:
                self._reads_past_waiting = False

    def has_table(self, table_name: str) -> bool:
        """Return whether the index has a table; a table that was found is cached."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def has_secondary_index(self, name: str) -> bool:
        """Return whether a migration of events was completed; a completed one is cached."""
        if name not in self._indexes and super().has_secondary_index(name):
            self._indexes.add(name)
        return name in self._indexes

    def _has_asset_key_col_on_connection(self, conn: "Connection", column_name: str) -> bool:
        column = f"asset_keys.{column_name}"
        if column not in self._tables and super()._has_asset_key_col_on_connection(conn, column_name):
            self._tables.add(column)
        return column in self._tables

    def has_asset_key_col(self, column_name: str) -> bool:
        """Return whether the table of assets has a column; a column that was found is cached."""
        return f"asset_keys.{column_name}" in self._tables or super().has_asset_key_col(column_name)

    def _get_latest_materialization_records(
        self, raw_asset_rows: "Sequence[Mapping[str, Any]]"
    ) -> "Mapping[AssetKey, EventLogRecord | None]":
        """Return the records that the rows of assets hold; Dagster's own also sends a query for assets without one."""
        records: dict[AssetKey, EventLogRecord | None] = {}
        others = []
        for row in raw_asset_rows:
            key, stored = AssetKey.from_db_string(row["asset_key"]), row["last_materialization"]
            # An asset that was deleted once has details: its record may be older than the deletion.
            record = deserialize_value(stored) if key and stored and not row["asset_details"] else None
            if key and isinstance(record, EventLogRecord):
                records[key] = record
            else:
                others.append(row)
        return {**records, **super()._get_latest_materialization_records(others)} if others else records

    def _store_asset_event(self, conn: "Connection", event: "EventLogEntry", event_id: int) -> None:
        """Update the row of an asset, or insert its first. Dagster inserts each time, and updates after the error."""
        dagster_event = event.dagster_event
        if not dagster_event or not dagster_event.asset_key:
            return
        has_columns = self._has_asset_key_index_cols_on_connection(conn)
        values = self._get_asset_entry_values(event, event_id, has_columns)
        key = dagster_event.asset_key.to_string()
        if values and not conn.execute(_UPDATE_ASSET, {"key": key, **values}).rowcount:
            conn.execute(AssetKeyTable.insert(), {"asset_key": key, **values})

    def wipe(self) -> None:
        """Delete every event."""
        with self._storing:
            self._waiting.clear()
            self._engines.dispose()
            self._indexes.clear()
            super().wipe()

    def dispose(self) -> None:
        """Store the held events, and close every connection."""
        with self._storing:
            self._store_waiting()
        self._engines.dispose()
        super().dispose()

    def _store_waiting(self) -> None:
        """Store the held events like `SqliteEventLogStorage.store_event`: in the run's file, and in the index."""
        if not self._waiting:
            return
        events, self._waiting = self._waiting, []
        rows = [self._event_to_row(event) for event in events]
        with ExitStack() as transactions:
            self._batch = _Batch(transactions)
            try:
                for run_id, of_the_run in groupby(rows, key=itemgetter("run_id")):
                    with self.run_connection(run_id) as connection:
                        connection.execute(_INSERT_EVENT, list(of_the_run))
                for event, row in zip(events, rows, strict=True):
                    if event.is_dagster_event and event.dagster_event_type in _INDEXED:
                        self._store_in_index(event, row)
            finally:
                self._batch = None

    def _store_in_index(self, event: "EventLogEntry", row: dict[str, Any]) -> None:
        with self.index_connection() as connection:
            event_id = connection.execute(_INSERT_EVENT, row).lastrowid
            if event.dagster_event_type in ASSET_EVENTS:
                self._store_asset_event_tags(connection, [event], [event_id])
                self._store_asset_event(connection, event, event_id)
        if event.dagster_event_type in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, event_id)

    def _initdb(self, engine: "Engine", for_index_shard: bool = False) -> None:
        """Create the tables of a new file. A run's are those of the index: Alembic would load all its migrations for them."""
        if _revision(engine):
            return
        if for_index_shard:
            super()._initdb(engine, for_index_shard)
            return
        with self._engines.engine(self.conn_string_for_shard(INDEX_SHARD_NAME)).connect() as index:
            found = index.exec_driver_sql("select name, sql from sqlite_master where sql is not null").fetchall()
            wanted: dict[str, str] = {name: statement for name, statement in found}
            revision = index.exec_driver_sql("select version_num from alembic_version").scalar_one()
        with engine.connect() as connection:
            connection.exec_driver_sql("pragma journal_mode = wal")
            connection.exec_driver_sql(
                "begin immediate"
            )  # another process that creates them waits here, and finds them
            there = set(connection.exec_driver_sql("select name from sqlite_master").scalars())
            for name, statement in wanted.items():
                if name not in there and name != "sqlite_sequence":
                    connection.exec_driver_sql(statement)
            connection.exec_driver_sql("insert or ignore into alembic_version values (?)", (revision,))
            connection.commit()

    @contextmanager
    def _connect(self, shard: str) -> "Iterator[Connection]":
        """Yield a connection in a transaction; while a batch is stored, always the same one for each file."""
        with self._storing:
            if self._batch:
                yield self._batch.connection(shard, self._transaction)
                return
            if not self._reads_past_waiting:
                self._store_waiting()
        with self._transaction(shard) as connection:
            yield connection

    @contextmanager
    def _transaction(self, shard: str) -> "Iterator[Connection]":
        engine = self._engines.engine(self.conn_string_for_shard(shard))
        with self._db_lock:
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
        with engine.begin() as connection:
            yield connection


class _OneFile:
    """A storage in one database file, on connections that stay open."""

    _NAME: ClassVar[str]
    _conn_string: str

    @cached_property
    def _engines(self) -> _Engines:
        return _Engines()

    @classmethod
    def from_local(cls, base_dir: str, inst_data: "ConfigurableClassData | None" = None) -> Self:
        """Return the storage in a folder; create its tables if they do not exist."""
        url, file = _url(base_dir, cls._NAME), Path(base_dir, f"{cls._NAME}.db")
        if not (file.exists() and _revision(_engine(url))):
            with tempfile.TemporaryDirectory() as folder:
                # Dagster puts the folder into a URL as it is, where a question mark ends it.
                super().from_local(folder if "?" in base_dir else base_dir, inst_data)  # type: ignore[misc]
                if "?" in base_dir:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    shutil.move(Path(folder, file.name), file)
        return cls(url, inst_data)  # type: ignore[call-arg]

    @contextmanager
    def connect(self) -> "Iterator[Connection]":
        """Yield a connection in a transaction."""
        with self._engines.engine(self._conn_string).begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every connection."""
        self._engines.dispose()


class RunStorage(_OneFile, SqliteRunStorage):
    """Dagster's runs in SQLite."""

    _NAME = "runs"


class ScheduleStorage(_OneFile, SqliteScheduleStorage):
    """Dagster's schedules and sensors in SQLite."""

    _NAME = "schedules"


class SqliteStorage(DagsterSqliteStorage):
    """Dagster's runs, events and schedules in SQLite: `storage: custom` in dagster.yaml.

    Files and folders below `base_dir` are those of `storage: sqlite`.
    """

    def __init__(self, base_dir: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        self.base_dir = base_dir
        self._run_storage = RunStorage.from_local(_runs_directory(base_dir))
        self._event_log_storage = EventLogStorage(_event_logs_directory(base_dir))
        self._schedule_storage = ScheduleStorage.from_local(_schedule_directory(base_dir))
        self._inst_data = inst_data
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]

    @classmethod
    def from_config_value(cls, inst_data: "ConfigurableClassData", config_value: "Mapping[str, Any]") -> Self:
        """Return the storage below the `base_dir` of the configuration."""
        return cls.from_local(inst_data=inst_data, **config_value)


def write_instance_config(folder: Path) -> None:
    """Write the dagster.yaml of a separate Dagster instance into a folder, which also holds its history."""
    config = {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "python_logs": {"python_log_level": "INFO"},
        "storage": {
            "custom": {
                "module": __name__,
                "class": SqliteStorage.__name__,
                "config": {"base_dir": str(folder.absolute())},
            }
        },
    }
    (folder / "dagster.yaml").write_text(json.dumps(config, indent=2), encoding="utf-8")  # JSON is YAML
