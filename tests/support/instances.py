"""An ephemeral Dagster instance that takes less time: the runs of tests are not about its storage."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.instance import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import TemporaryLocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage
from sqlalchemy import Connection


class _Events(InMemoryEventLogStorage):
    """Dagster's events in memory, on one connection. Dagster opens one, and inspects its tables, for each event."""

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._db_lock, self._held_conn.begin():
            yield self._held_conn

    def has_table(self, table_name: str) -> bool:
        return True

    def has_asset_key_col(self, column_name: str) -> bool:
        return True

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        return True


class _Runs(InMemoryRunStorage):
    """Dagster's runs in memory, on one connection."""

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._held_conn.begin():
            yield self._held_conn


def instance_in_memory() -> dg.DagsterInstance:
    """Return what `dg.DagsterInstance.ephemeral` returns, for use in the thread that asks for it."""
    return dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),
        run_storage=_Runs(),
        event_storage=_Events(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    )
