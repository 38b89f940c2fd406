"""How a source is collected: every attempt is recorded, and a failure is a red check that says what to do."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import dagster as dg

from assets.collection_check import collected_check, collection_result, switched_off_result
from assets.http.errors import SourceError, UnreachableError, printable
from assets.landing.responses import ResponseStore, source_key
from assets.machine_errors import explain as shortage_of
from assets.resources import Clock, Warehouse
from assets.settings import Settings
from assets.weeks import monday
from warehouse.database import schema
from warehouse.facts.collections import Collection, record_collection, store_record
from warehouse.facts.observations import Observation, record
from warehouse.facts.response_fields import record_fields
from warehouse.facts.versioned_rows import Rows, record_versions
from warehouse.tables.table import Table

# Marks the assets that ask a source, for those who watch.
SOURCE_TAG = {"tidegauge/source": ""}


@dataclass(frozen=True)
class SourceContext:
    """What a source is collected with: where its answers are landed, the settings, the moment, and the week it stands for.

    `source` is the name that the figures carry once there is an answer: the sandbox's never pass for a service's own.
    """

    responses: ResponseStore
    settings: Settings
    now: datetime
    week: date

    @property
    def source(self) -> str:
        """The key into meta.source."""
        return source_key(self.responses.source, self.responses)


@dataclass(frozen=True)
class SourceResult:
    """What a source said: figures for core.observation, and rows of tables that keep versions, each with all its columns.

    `figures` are shown in the UI. Rows that an earlier collection brought and this one did not are withdrawn.
    """

    observations: Sequence[Observation] = ()
    rows: Mapping[Table, Rows] = field(default_factory=dict[Table, Rows])
    figures: Mapping[str, float | str] = field(default_factory=dict[str, float | str])

    @property
    def count(self) -> int:
        """Figures and rows together."""
        return len(self.observations) + sum(map(len, self.rows.values()))


# How each source is read, by its name, as the assets are made: what was landed is read again in the same way.
COLLECTORS: dict[str, Callable[[SourceContext], SourceResult]] = {}


def source_asset(
    group: str, source: str, kinds: set[str], collect: Callable[[SourceContext], SourceResult], *, doc: str
) -> dg.AssetsDefinition:
    """Make the asset `<group>/<source>`: ask a source, land what it says, read it, and bring it into the warehouse.

    Without its key the source is skipped, with the reason; switched off, it is not asked. If it fails, its old rows stand.
    """

    @dg.asset(
        key=dg.AssetKey([group, source]),
        group_name=group,
        kinds=kinds,
        tags=SOURCE_TAG,
        description=doc,
        check_specs=[collected_check(dg.AssetKey([group, source]))],
    )
    def collected(
        context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock
    ) -> Iterator[dg.MaterializeResult[Any]]:
        settings, found, new = warehouse.settings, SourceResult(), 0
        if source in settings.off:
            yield switched_off_result(source)
            return
        with recorded_attempt(context.run.run_id, source, warehouse, clock) as collection:
            responses = ResponseStore(warehouse.landing, source, collection.week)
            source_context = SourceContext(responses, settings, collection.started_at, collection.week)
            collection.folder = responses.folder
            found = collect(source_context)
            collection.source, collection.rows = source_context.source, found.count
            collection.requests, collection.bytes = len(responses.stored), responses.bytes
            new = load_result(warehouse, source_context, found)
            responses.accept()
        if collection.status == "skipped":
            context.log.warning(f"{source} was skipped: {collection.reason}")
        # Some of them name what a service said: as much as can be read, and nothing that steers a terminal.
        told = {name: printable(what)[:300] if isinstance(what, str) else what for name, what in found.figures.items()}
        yield collection_result(
            collection, {"figures": found.count, "new_or_changed": new, "requests": collection.requests, **told}
        )

    COLLECTORS.setdefault(source, collect)
    return collected


def load_result(warehouse: Warehouse, context: SourceContext, found: SourceResult) -> int:
    """Bring what a source said into the warehouse; give the number of figures and rows that are new or changed.

    Raises:
        OriginError: the database holds rows of another origin.
        CheckError: something breaks what its table promises.
    """
    with warehouse.writing() as connection:
        if context.responses.stored:  # a list that is kept by hand belongs to every database
            schema.assert_origin(connection, "sandbox" if context.responses.from_sandbox else "live")
        new = record(connection, found.observations, context.now) if found.observations else 0
        record_fields(connection, context.source, context.responses.shape(), context.now.date())
        for table, rows in found.rows.items():
            new += record_versions(connection, table, rows, context.source, context.now)
    return new


@contextmanager
def recorded_attempt(run_id: str, source: str, warehouse: Warehouse, clock: Clock) -> Iterator[Collection]:
    """Yield the record of an attempt to collect `source`, to be filled in; store it however the attempt ends.

    An error of the source, or of its client, ends the block: `status` and `reason` of the record then say why, and the
    step goes on, so that one source never holds up the others.

    Raises:
        dagster.Failure: the machine lacks something (disk, memory, a whole database). The step is not retried.
    """
    begun = clock.now()
    collection = Collection(run_id=run_id, source=source, week=monday(begun), started_at=begun, finished_at=begun)
    try:
        yield collection
    except dg.RetryRequested:
        raise  # not the source's fault: another worker was writing the same rows
    except SourceError as error:
        collection.status, collection.reason = error.status, f"{error.reason} Kept: {error.kept} To do: {error.remedy}"
        collection.is_unreachable = isinstance(error, UnreachableError) and error.http_status is None
    except Exception as error:
        collection.status = "failed"
        if (lacked := shortage_of(error)) is not None:
            collection.reason = f"{source}: {lacked}"
            _write_down(collection, warehouse, clock.now())
            raise dg.Failure(description=collection.reason, allow_retries=False) from error
        collection.reason = (
            f"unexpected error: {type(error).__name__}: {error} Kept: the responses as they came, and all earlier rows. To do: "
            "run the refresh again; if the error stays, it is a bug in Tidegauge: report it with the log of this run."
        )
        dg.get_dagster_logger().error(f"{source}: unexpected error\n{printable(traceback.format_exc())}")
    except BaseException as error:  # an interrupt as well: every attempt is written down
        collection.status, collection.reason = "failed", f"{type(error).__name__}: {error}"
        _write_down(collection, warehouse, clock.now())
        raise
    _write_down(collection, warehouse, clock.now())


def _write_down(collection: Collection, warehouse: Warehouse, finished_at: datetime) -> None:
    collection.finished_at = max(finished_at, collection.started_at)
    store_record(collection)
    with warehouse.writing() as connection:
        record_collection(connection, collection)
