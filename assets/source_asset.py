"""The asset of a source: collect it, record the attempt however it ends, and load the result.

A failure is a red check that says what happened, what was kept and what to do; the run goes on.
"""

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg
import duckdb

from assets.clock_check import ClockError
from assets.collection_check import collected_check, collection_result, switched_off_result
from assets.http.errors import OfflineError, SourceError, UnexpectedResponseError, UnreachableError, printable
from assets.landing.responses import ResponseStore
from assets.list_source import described, too_many
from assets.machine_errors import explain as shortage_of
from assets.online import assert_online, services_metadata
from assets.resources import Clock, Warehouse
from assets.source import Source, SourceContext, SourceResult
from assets.weeks import monday
from warehouse.database import schema
from warehouse.facts.collections import Collection, record_collection, store_record
from warehouse.facts.observations import Observation, mistaken, outages, record
from warehouse.facts.response_fields import record_fields
from warehouse.facts.set_aside_items import SetAside, record_set_aside
from warehouse.facts.versioned_rows import record_versions
from warehouse.facts.withdrawals import Withdrawal, emptied_at, halved_at, left_the_list, take_back, withdrawn_at
from warehouse.tables.table import Table

# Marks the assets that collect a source.
SOURCE_TAG = {"tidegauge/source": ""}


def source_asset(source: Source) -> dg.AssetsDefinition:
    """Return the asset `<group>/<name>`: it sends the requests, stores and reads the responses, and loads the result.

    A source without its key is skipped, with the reason. A source that is switched off is not collected. After a failure
    the earlier rows stay. If items were set aside, the collection is partial, and the rest is loaded.
    """

    @dg.asset(
        key=dg.AssetKey([source.group, source.name]),
        group_name=source.group,
        kinds=set(source.kinds),
        tags=SOURCE_TAG,
        metadata=services_metadata(source.addresses),
        description=source.description,
        check_specs=[collected_check(dg.AssetKey([source.group, source.name]))],
    )
    def collected(
        context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock
    ) -> Iterator[dg.MaterializeResult[Any]]:
        settings, found, loaded = warehouse.settings, SourceResult(), Loaded()
        if source.name in settings.off:
            yield switched_off_result(source.name)
            return
        with recorded_attempt(context.run.run_id, source.name, warehouse, clock) as collection:
            assert_online(context, source.name, settings)
            clock.assert_right(warehouse, [settings.hub_endpoint, *map(settings.address, source.addresses)])
            responses = ResponseStore(warehouse.landing, source.name, collection.week)
            source_context = SourceContext(responses, settings, collection.started_at, collection.week)
            collection.folder = responses.folder
            found = source.collect(source_context)
            collection.source = source_context.source
            collection.requests, collection.bytes = len(responses.stored), responses.bytes
            loaded = load_result(warehouse, source_context, found)
            collection.rows, collection.set_aside = loaded.rows, list(loaded.set_aside)
            if collection.set_aside:
                collection.status = "partial"
                collection.reason = (
                    f"set aside: {described(collection.set_aside)} Kept: the rest of this collection, and the earlier figures "
                    f"of these items. To do: docs/operations.md#item_set_aside."
                )
            responses.accept()
        if collection.status == "skipped":
            context.log.warning(f"{source.name} was skipped: {collection.reason}")
        # Some figures quote the service: shorten them, and remove what controls a terminal.
        figures = {name: printable(one)[:300] if isinstance(one, str) else one for name, one in found.figures.items()}
        yield collection_result(
            collection,
            {
                "figures": loaded.rows,
                "new_or_changed": loaded.new,
                "requests": collection.requests,
                **loaded.figures,
                **figures,
            },
        )

    return collected


@dataclass(frozen=True)
class Loaded:
    """What loading a collection did.

    `rows` are the observations and rows that it has, `new` those of them that are new or changed.
    """

    rows: int = 0
    new: int = 0
    set_aside: Sequence[SetAside] = ()
    withdrawn: Sequence[Withdrawal] = ()

    @property
    def figures(self) -> dict[str, int | str]:
        """What it withdrew, for the UI; empty if nothing."""
        if not self.withdrawn:
            return {}
        return {
            "withdrawn": sum(one.rows for one in self.withdrawn),
            "withdrawn_rows": "; ".join(map(str, self.withdrawn)),
        }


def load_result(
    warehouse: Warehouse, context: SourceContext, found: SourceResult, recorded: Sequence[SetAside] | None = None
) -> Loaded:
    """Load the result of a collection, without figures that are an outage's or another thing's: they are set aside.

    `recorded` are the items that were set aside when the responses were received, if they are replayed: then it was
    accepted that rows were withdrawn.

    Raises:
        UnexpectedResponseError: over a tenth of the rows, of the values of a column or of the entries of a list would be
            withdrawn, or too many figures are set aside.
        OriginError: the database holds rows of another origin.
        CheckError: a row breaks a constraint of its table.
    """
    withdrawn: list[Withdrawal] = []
    with warehouse.writing() as connection:
        if context.responses.stored:  # a curated list belongs to every database
            schema.assert_origin(connection, "sandbox" if context.responses.from_sandbox else "live")
        kept, out = _counting(connection, context, found, recorded)
        # A curated list is shortened on purpose.
        is_guarded = recorded is None and bool(context.responses.stored)
        if is_guarded and found.is_list:
            _refuse_if_suspicious(
                context, left_the_list(connection, found.observations, [one.item for one in found.set_aside])
            )
        new = record(connection, kept, context.now) if kept else 0
        record_fields(connection, context.source, context.responses.shape(), context.now.date())
        for table, rows in found.rows.items():
            if len(rows) == 0:
                raise UnexpectedResponseError(
                    context.responses.source,
                    f"the responses have no usable row for {table.name}.",
                    kept="the responses as received, and all earlier rows.",
                    remedy="compare the stored response with what the client expects: it may be empty, or have another format.",
                )
            new += record_versions(connection, table, rows, context.source, context.now, found.set_aside)
            if found.item_column in table.columns:
                cut_off = _cut_off(connection, context, table, found, recorded)
                out += cut_off
                new -= sum(
                    take_back(connection, table, found.item_column, one.item, context.source, context.now)
                    for one in cut_off
                )
            withdrawal = withdrawn_at(connection, table, context.source, context.now)
            if is_guarded:
                _refuse_if_suspicious(context, withdrawal, *emptied_at(connection, table, context.source, context.now))
            withdrawn += [withdrawal] if withdrawal.rows else []
        set_aside = [*found.set_aside, *out] if recorded is None else recorded
        record_set_aside(connection, context.source, context.week, set_aside)
    return Loaded(found.count - len(found.observations) + len(kept), new, set_aside, withdrawn)


def _counting(
    connection: duckdb.DuckDBPyConnection,
    context: SourceContext,
    found: SourceResult,
    recorded: Sequence[SetAside] | None,
) -> tuple[list[Observation], list[SetAside]]:
    """Return the figures that count, and the others as items that are set aside.

    A counter of 1,000 or more that falls below a hundredth is an outage and no figure, unless the settings accept that for
    this source. What has another number is another thing. A replay sets aside as an outage what was set aside before.
    """
    observations = found.observations
    accepted = context.responses.source in context.settings.accepted_shrink
    before = None if recorded is None else {one.item for one in recorded}
    odd = [
        (one, f"{one.metric} of {one.period_start}: {one.value:,.0f}, where the last reading is {last:,.0f}.")
        for one, last in outages(connection, observations)
        if (not accepted if before is None else one.entity in before)
    ]
    if found.identified_by:
        odd += [
            (
                one,
                f"another thing has this name: its {found.identified_by} is {one.attributes.get(found.identified_by)}, and "
                f"was {number} in the last reading. Its series ends there: change its row in warehouse/seeds/lists.",
            )
            for one, number in mistaken(connection, observations, found.identified_by)
        ]
    out = [SetAside(one.entity, reason) for one, reason in odd]
    if too_many(len({one.entity for one, _ in odd}), len({one.entity for one in observations})):
        raise UnexpectedResponseError(
            context.responses.source,
            f"too many figures are next to nothing, or of other things, which is an outage and no figure: {described(out)}",
            kept="the responses as received, and everything that was there before.",
            remedy=(
                "run the refresh again when the service shows its figures again. If they are right, run once: "
                f"TIDEGAUGE_ACCEPT_SHRINK={context.responses.source} tidegauge refresh (docs/operations.md#shrunk_list)."
            ),
        )
    left_out = {id(one) for one, _ in odd}
    return [one for one in observations if id(one) not in left_out], out


def _cut_off(
    connection: duckdb.DuckDBPyConnection,
    context: SourceContext,
    table: Table,
    found: SourceResult,
    recorded: Sequence[SetAside] | None,
) -> list[SetAside]:
    """Return the items of which less than half of the rows are left, unless the settings accept that or they are too many.

    Too many are a list that has shrunk. A replay sets aside those that were set aside before.
    """
    halved = halved_at(connection, table, found.item_column, context.source, context.now)
    if recorded is not None:
        before = {one.item for one in recorded}
        halved = [one for one in halved if one.keys[0] in before]
    elif context.responses.source in context.settings.accepted_shrink:
        return []
    else:
        (items,) = connection.execute(
            f"select count(distinct {found.item_column}) from {table.name} where source = ?", [context.source]
        ).fetchall()[0]
        if too_many(len(halved), items):
            return []
    return [
        SetAside(
            one.keys[0],
            f"its response lacks {one.rows:,} of its {one.of:,} rows, and may be cut off. If they are really gone, run once: "
            f"TIDEGAUGE_ACCEPT_SHRINK={context.responses.source} tidegauge refresh.",
            {found.item_column: one.keys[0]},
        )
        for one in halved
    ]


def _refuse_if_suspicious(context: SourceContext, *withdrawals: Withdrawal) -> None:
    """Raise if so much is gone that the list may be cut off, unless the settings accept that for this source.

    Raises:
        UnexpectedResponseError: it names what is gone.
    """
    source = context.responses.source
    suspicious = next((one for one in withdrawals if one.is_suspicious), None)
    if suspicious is None or source in context.settings.accepted_shrink:
        return
    raise UnexpectedResponseError(
        source,
        f"the list has shrunk, and may be cut off: it lacks {suspicious}.",
        kept="the responses as received, and all earlier rows; nothing of this collection was loaded.",
        remedy=(
            f"compare the stored response with the page of the source. If the rows are really gone, run once: "
            f"TIDEGAUGE_ACCEPT_SHRINK={source} tidegauge refresh (docs/operations.md#shrunk_list)."
        ),
    )


@contextmanager
def refused_clock() -> Iterator[None]:
    """End the step, without a retry, if the block finds that the clock is wrong."""
    try:
        yield
    except ClockError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


@contextmanager
def recorded_attempt(run_id: str, source: str, warehouse: Warehouse, clock: Clock) -> Iterator[Collection]:
    """Yield the record of an attempt to collect `source`, to be filled in; record it however the attempt ends.

    An error of the source, or of its client, ends the block: `status` and `reason` of the record then say why, and the
    step goes on, so that one source never holds up the others.

    Raises:
        dagster.Failure: the machine lacks something (disk, memory, a whole database), or its clock is wrong; an attempt
            with a wrong clock is not recorded. The step is not retried.
    """
    with refused_clock():
        clock.assert_right(warehouse)
    begun = clock.now()
    collection = Collection(run_id=run_id, source=source, week=monday(begun), started_at=begun, finished_at=begun)
    try:
        yield collection
    except (dg.RetryRequested, ClockError):
        raise  # not a failure of the source: another worker wrote the same rows
    except SourceError as error:
        collection.status, collection.reason = error.status, f"{error.reason} Kept: {error.kept} To do: {error.remedy}"
        collection.is_offline = isinstance(error, OfflineError)
        collection.is_unreachable = isinstance(error, UnreachableError) and error.http_status is None
    except Exception as error:
        collection.status = "failed"
        if (lacked := shortage_of(error)) is not None:
            collection.reason = f"{source}: {lacked}"
            _record(collection, warehouse, clock.now())
            raise dg.Failure(description=collection.reason, allow_retries=False) from error
        collection.reason = (
            f"unexpected error: {type(error).__name__}: {error} Kept: the responses as received, and all earlier rows. "
            "To do: run the refresh again; if it fails again, report it as a bug of Tidegauge with the log of this run."
        )
        dg.get_dagster_logger().error(f"{source}: unexpected error\n{printable(traceback.format_exc())}")
    except BaseException as error:  # an interrupt too
        collection.status, collection.reason = "failed", f"{type(error).__name__}: {error}"
        _record(collection, warehouse, clock.now())
        raise
    _record(collection, warehouse, clock.now())


def _record(collection: Collection, warehouse: Warehouse, finished_at: datetime) -> None:
    collection.finished_at = max(finished_at, collection.started_at)
    store_record(collection)
    with warehouse.writing() as connection:
        record_collection(connection, collection)
