"""Resources of the assets: the clock, the warehouse, and the receiver of alerts."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from datetime import UTC, datetime, time, timedelta
from functools import cache, cached_property
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import PrivateAttr, SecretStr

from assets.clock_check import assert_after_history, assert_like_services
from assets.http import notification
from assets.http.addresses import is_loopback
from assets.http.webhook import NotDeliveredError
from assets.settings import Settings
from assets.weeks import monday
from warehouse.database import connection, schema
from warehouse.database.file_modes import private_folder
from warehouse.database.lake import Lake
from warehouse.database.lock import exclusive_lock
from warehouse.release import publish as publication

# Several workers may change the same rows of a lake: all but the first retry, after a random pause.
MAX_CONFLICT_RETRIES = 10
MAX_PAUSE_SECONDS = 10
# Below this number of models one thread loads and derives fastest.
FEW_MODELS = 50_000


# Tags of a run, by which the UI finds it: the week that it is for, what started it, and the release that it published.
WEEK_TAG = "tidegauge/week"
TRIGGER_TAG = "tidegauge/trigger"
RELEASE_TAG = "tidegauge/release"
_TRIGGERS = {"dagster/schedule_name": "schedule", "dagster/sensor_name": "sensor"}


class Clock(dg.ConfigurableResource[None]):
    """The time. A demonstration of many weeks sets `simulated_now` (ISO 8601); nothing else may."""

    simulated_now: str | None = None
    _began: datetime | None = PrivateAttr(default=None)
    _is_after_history: bool = PrivateAttr(default=False)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Note when the run began, and tag it. Its workers, which begin later, read that in the history of runs."""
        record = context.instance.get_run_record_by_id(context.run_id) if context.instance and context.run_id else None
        if record is not None and record.start_time is not None and Settings().workers > 1:
            self._began = datetime.fromtimestamp(record.start_time, UTC)
        else:
            self._began = self.present()
        if record is not None and context.instance is not None and WEEK_TAG not in record.dagster_run.tags:
            tags = record.dagster_run.tags
            trigger = next((name for tag, name in _TRIGGERS.items() if tag in tags), "by hand")
            week = {WEEK_TAG: monday(self._began).isoformat(), TRIGGER_TAG: tags.get(TRIGGER_TAG, trigger)}
            context.instance.add_run_tags(record.dagster_run.run_id, week)

    def present(self) -> datetime:
        """Return the time of this machine, UTC, or the simulated one."""
        return datetime.fromisoformat(self.simulated_now) if self.simulated_now else datetime.now(UTC)

    def now(self) -> datetime:
        """Return the current time, UTC; in a run never later than the week that the run began in.

        A run that crosses midnight on Sunday would label its sources with two weeks, and take the place of the next run.
        """
        now = self.present()
        return now if self._began is None else min(now, _end_of_week(self._began))

    def assert_right(self, warehouse: "Warehouse", addresses: Sequence[str] = ()) -> None:
        """Return if the time fits the history, and the services at `addresses`. A simulated time is not checked.

        Raises:
            ClockError: it does not; nothing was written.
        """
        if self.simulated_now is not None:
            return
        if not self._is_after_history and warehouse.exists():
            with warehouse.reading() as connection:
                assert_after_history(connection, self.present())
            self._is_after_history = True  # once in a run is enough
        assert_like_services(addresses, self.present())


def _end_of_week(moment: datetime) -> datetime:
    """Return the last moment of an ISO week, UTC."""
    return datetime.combine(monday(moment), time.min, UTC) + timedelta(days=7) - timedelta(microseconds=1)


class Warehouse(dg.ConfigurableResource["Warehouse"]):
    """The working database and the published folder below TIDEGAUGE_HOME; one run at a time uses them.

    A run that is started in the UI waits for the current one, wherever that was started.
    """

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once for a run."""
        return Settings()

    _open_database: connection.Database | None = PrivateAttr(default=None)
    _is_prepared: bool = PrivateAttr(default=False)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Warehouse"]:
        """Lock the warehouse for a run, and finish the swap of a run that was killed."""
        with self._of_a_run() as database, ExitStack() as stack:
            if isinstance(database, connection.File):  # a lake takes several runs at once
                stack.enter_context(run_lock(self.settings.working))
            publication.finish_swap_of_a_dead_process(database, self.published)
            self._open_database, self._is_prepared = database, False
            try:
                yield self
            finally:
                self._open_database = None

    def _of_a_run(self) -> AbstractContextManager[connection.Database]:
        # A worker executes many steps, each as a run of its own: it opens the lake once for all of them.
        return nullcontext(lake_of_a_worker()) if self.settings.workers > 1 else closing(self.opened())

    def opened(self) -> connection.Database:
        """Return the working database, not open yet: the file, or the lake in the settings."""
        if self.settings.warehouse == "file":
            return connection.File(self.database)
        data = self.settings.lake_data or str(self.settings.home / "lake")
        return Lake(self.settings.warehouse, self.settings.lake_schema, data, self.settings.working)

    @property
    def landing(self) -> Path:
        """The folder of stored responses."""
        return self.settings.working / "landing"

    @property
    def database(self) -> Path:
        """The working database."""
        return self.settings.database

    @property
    def published(self) -> Path:
        """The folder that readers use."""
        return self.settings.published

    def exists(self) -> bool:
        """Return whether there is a working database yet."""
        with self._current() as database:
            return database.exists()

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection for one transaction, with the schema up to date.

        Raises:
            dagster.RetryRequested: another worker has changed the same rows; in a run, Dagster retries the step.
            ConflictError: the same, outside of a run.
        """
        try:
            with self._current() as database:
                # In a transaction of its own: what DuckDB 1.5.5 inserts after an insert of no rows, such as that of a
                # migration of an empty table, stays hidden until the transaction ends.
                if not (self._open_database and self._is_prepared):
                    with database.writing() as preparing:
                        schema.prepare(preparing, datetime.now(UTC))
                        if self.settings.warehouse == "file":
                            connection.use_few_threads(preparing, FEW_MODELS)
                    self._is_prepared = True
                with database.writing() as writer:
                    yield writer
        except connection.ConflictError as error:
            if self._open_database is None:
                raise
            raise dg.RetryRequested(MAX_CONFLICT_RETRIES, random.uniform(1, MAX_PAUSE_SECONDS)) from error  # noqa: S311 # no secret

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection to read from; the database must exist."""
        with self._current() as database, database.reading() as reader:
            yield reader

    def publish(self, now: datetime, build_page: Callable[[Path, Path], None]) -> publication.Release:
        """Publish the working database, which is closed meanwhile. Raises like `publication.publish`."""
        with self._current() as database:
            return publication.publish(database, self.published, now, build_page)

    @contextmanager
    def _current(self) -> Iterator[connection.Database]:
        if self._open_database:
            yield self._open_database
        else:
            with closing(self.opened()) as database:
                yield database


@cache
def lake_of_a_worker() -> connection.Database:
    """Return the lake of this process; it is closed with the process."""
    return Warehouse().opened()


def run_lock(working: Path, busy: Exception | None = None) -> AbstractContextManager[None]:
    """Return the lock that lets one run at a time work with a database file; a thread may take it more than once.

    Raises:
        busy: when it is entered, if another run holds the lock; without `busy`, it waits until the lock is free.
    """
    lock = private_folder(working) / "run.lock"
    return exclusive_lock(lock, busy or TimeoutError(), wait_s=0 if busy else -1, reentrant=True)


class Receiver(dg.ConfigurableResource[None]):
    """Receiver of alerts: TIDEGAUGE_ALERT_URL, read from the environment at first use."""

    @cached_property
    def _address(self) -> SecretStr | None:
        return Settings().alert_url

    def wants(self, origin: str | None) -> bool:
        """Return whether alerts of this origin are sent: those of the sandbox only to this machine."""
        address = self._address
        return address is not None and (origin == "live" or is_loopback(address.get_secret_value()))

    def send(self, alert: notification.Alert) -> str | None:
        """Send an alert; return the reason if it was not accepted, else None."""
        address = self._address
        if address is None:
            return "it is not set"
        try:
            notification.send(address.get_secret_value(), alert)
        except NotDeliveredError as error:
            return str(error)
        return None
