"""The Hugging Face Hub: the weekly walk over every model, and what it says of each."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.collection_check import collected_check, collection_result
from assets.disk_space import demand_room
from assets.http.hub_service import SOURCE
from assets.hub.load_records import (
    PageRejectedError,
    UnreadableRecords,
    find_unreadable,
    landed_unreadable,
    read_records,
)
from assets.hub.read_ahead import ReadAhead
from assets.hub.resources import Hub, ProgressLog
from assets.hub.walk import Progress, Walk, complete_walks, refuse_walk, walk_models
from assets.resources import Clock, Warehouse
from assets.source_asset import SOURCE_TAG, recorded_attempt
from assets.table_asset import asset_key, asset_spec, constraints_check, constraints_passed
from assets.weeks import monday
from warehouse.database import schema
from warehouse.facts.observations import record
from warehouse.facts.response_fields import record_fields
from warehouse.hub import edges, events, models
from warehouse.hub.weekly_totals import week_of_observations
from warehouse.release.publish import is_released
from warehouse.tables.core import MODEL, MODEL_NAME, MODEL_WEEK
from warehouse.tables.history import COUNTER_RESTATEMENT, DOWNLOAD_SPIKE, HUB_WEEK, MODEL_EVENT
from warehouse.tables.lineage import MODEL_EDGE, UNRESOLVED_PARENT
from warehouse.tables.meta import SET_ASIDE

GROUP = "hub"
WALK = dg.AssetKey(["hub", "walk"])
TABLES = (
    MODEL, MODEL_WEEK, MODEL_NAME, MODEL_EVENT, COUNTER_RESTATEMENT, DOWNLOAD_SPIKE, HUB_WEEK, MODEL_EDGE,
    UNRESOLVED_PARENT, SET_ASIDE,
)  # fmt: skip
EDGES_HAVE_NOT_SHRUNK = dg.AssetCheckSpec(
    "edges_have_not_shrunk",
    asset=asset_key(MODEL_EDGE),
    blocking=True,
    description="the edges of models that are there have not fallen by more than a tenth against the week before",
)


@dataclass(frozen=True)
class WeekRead:
    """What came of reading a walk."""

    of_models: models.WeekOfModels
    of_events: events.WeekOfEvents
    of_edges: edges.WeekOfEdges
    set_aside: models.RejectedRecords


@dg.asset(
    key=WALK,
    group_name=GROUP,
    kinds={"python", "huggingface"},
    tags=SOURCE_TAG,
    check_specs=[collected_check(WALK)],
)
def hub_walk(
    context: dg.AssetExecutionContext,
    hub: Hub,
    warehouse: Warehouse,
    clock: Clock,
    progress: dg.ResourceParam[ProgressLog],
) -> Iterator[dg.MaterializeResult[Any]]:
    """Every page of the Hub's list of public models, landed as it came.

    The Hub tells only its present state, so a walk always stands for the week in which it is made: a missed week stays
    missing. A walk that broke off is continued; one that is complete and was never released is used as it is.
    """
    now = clock.now()
    walk: Walk | None = None
    with recorded_attempt(context.run.run_id, SOURCE, warehouse, clock) as collection:
        walk = _unreleased_walk(warehouse, hub, now)
        if walk is not None:
            context.log.info(f"this week's walk is landed and was never released: {walk.folder} is used as it is")
        else:
            demand_room(SOURCE, warehouse.settings)
            with ReadAhead(_ahead(warehouse)) as ahead:

                def on_page(state: Progress) -> None:
                    progress.walk(state, context)
                    ahead.follow(state)

                walk = walk_models(
                    hub.service(),
                    warehouse.landing / "hub",
                    now,
                    last_rows=_rows_before(warehouse),
                    origin=_origin(warehouse),
                    on_page=on_page,
                )
        collection.source, collection.folder = walk.source, walk.folder
        collection.started_at = walk.edge
        collection.requests, collection.rows, collection.bytes = len(walk.pages), walk.rows, walk.bytes
    yield collection_result(collection, _walk_figures(walk) if walk else {})


def _walk_figures(walk: Walk) -> dict[str, Any]:
    seconds = max((walk.finished_at - walk.began_at).total_seconds(), 0.001)
    return {
        "models": walk.rows,
        "pages": len(walk.pages),
        "megabytes": round(walk.bytes / 1e6, 1),
        "seconds": round(seconds, 1),
        "models_per_second": round(walk.rows / seconds),
        "hub_total": walk.hub_total if walk.hub_total is not None else "not stated",
        "landed_in": dg.MetadataValue.path(str(walk.folder)),
    }


@dg.multi_asset(
    name="hub_models",
    specs=[asset_spec(table, group=GROUP, kinds={"python", "duckdb"}, deps=[WALK]) for table in TABLES],
    check_specs=[*(constraints_check(table) for table in TABLES), EDGES_HAVE_NOT_SHRUNK],
)
def hub_models(
    context: dg.AssetExecutionContext, hub: Hub, warehouse: Warehouse, clock: Clock
) -> Iterator[dg.MaterializeResult[Any]]:
    """Load every stored walk that is not yet in the history, oldest first, and add up its week.

    As a rule that is this week's walk, and an older one where a run died between walking and loading. If every walk is
    loaded, the newest is loaded again; after a walk that failed in this run, the tables stay as they are.

    Raises:
        dagster.Failure: there is no walk yet, or the edges of lineage have shrunk. Nothing is published.
    """
    landed, newest = warehouse.landing / "hub", _newest_week(warehouse)
    walks = complete_walks(landed, hub.endpoint, newest, _read_edge(warehouse))
    if not walks and newest is not None and _walk_failed(warehouse, context.run.run_id):
        yield from _unchanged(newest)
        return
    walks = walks or complete_walks(landed, hub.endpoint, newest)
    if not walks:
        raise dg.Failure(
            description="there is no complete walk over the Hub yet. Kept: everything as it was; nothing is published. To do: "
            "see why hub/walk failed, then run the refresh again; it continues.",
            allow_retries=False,
        )
    for walk in walks:
        week = load_walk(warehouse, walk, clock.now(), _ahead(warehouse))
    if _ahead(warehouse).exists():
        shutil.rmtree(_ahead(warehouse))
    figures: dict[dg.AssetKey, dict[str, int] | dict[str, float]] = {
        asset_key(MODEL): {
            "dagster/row_count": week.of_models.ever,
            "models": week.of_models.models,
            "added": week.of_models.added,
            "removed": week.of_models.removed,
        },
        asset_key(MODEL_WEEK): {"dagster/partition_row_count": week.of_models.models},
        asset_key(MODEL_NAME): {"renamed": week.of_models.renamed},
        asset_key(MODEL_EVENT): week.of_events.events,
        asset_key(COUNTER_RESTATEMENT): {"falls": week.of_events.restated},
        asset_key(DOWNLOAD_SPIKE): {"dagster/partition_row_count": week.of_events.spikes},
        asset_key(HUB_WEEK): week.of_events.figures,
        asset_key(MODEL_EDGE): {
            "edges": week.of_edges.stated,
            **{f"by_{statement}": rows for statement, rows in week.of_edges.by_statement.items()},
            "through_former_name": week.of_edges.through_former_name,
            "new": week.of_edges.new,
            "ended": week.of_edges.ended,
            "models_naming_a_base": week.of_edges.models_naming_a_base,
            "models_reparented": week.of_edges.models_reparented,
        },
        asset_key(UNRESOLVED_PARENT): dict(week.of_edges.unresolved),
        asset_key(SET_ASIDE): {"dagster/partition_row_count": week.set_aside.rows, **week.set_aside.by_treatment},
    }
    for table in TABLES:
        verdicts = (
            [constraints_passed(table), _have_not_shrunk(week.of_edges)]
            if table is MODEL_EDGE
            else [constraints_passed(table)]
        )
        yield dg.MaterializeResult(
            asset_key=asset_key(table), metadata=figures[asset_key(table)], check_results=verdicts
        )
    if not week.of_edges.is_believable:
        raise dg.Failure(description=_shrunk(week.of_edges), allow_retries=False)


def _unchanged(newest: date) -> Iterator[dg.MaterializeResult[Any]]:
    """Yield the results of the tables that a failed walk leaves as they are; whatever is derived from them goes on."""
    for table in TABLES:
        checks = [constraints_passed(table)]
        if table is MODEL_EDGE:
            checks.append(
                dg.AssetCheckResult(asset_key=asset_key(table), check_name=EDGES_HAVE_NOT_SHRUNK.name, passed=True)
            )
        yield dg.MaterializeResult(
            asset_key=asset_key(table),
            metadata={"unchanged": f"hub/walk failed; the newest week is still that of {newest}"},
            check_results=checks,
        )


def load_walk(warehouse: Warehouse, walk: Walk, now: datetime, ahead: Path | None = None) -> WeekRead:
    """Read a walk into the warehouse; one that cannot be used is refused, so that the next refresh makes a new one.

    `ahead` is the folder of what was read while the walk was under way.
    """
    try:
        week = _read(warehouse, walk, now, ahead)
        week.set_aside.raise_if_too_many_rejected()
    except (models.TooManyUnreadableError, schema.OriginError) as error:
        refuse_walk(walk, str(error))
        raise dg.Failure(description=str(error), allow_retries=False) from error
    if not week.of_edges.is_believable:
        refuse_walk(walk, _shrunk(week.of_edges))
    return week


def _read(warehouse: Warehouse, walk: Walk, now: datetime, ahead: Path | None) -> WeekRead:
    try:
        return _read_week(warehouse, walk, landed_unreadable(walk), now, ahead)
    except PageRejectedError:
        return _read_week(warehouse, walk, find_unreadable(walk), now)
    except duckdb.Error:
        if ahead is None or not ahead.exists():
            raise
        # What was read ahead has no sums of its own, and may be damaged: the pages tell.
        shutil.rmtree(ahead)
        return _read(warehouse, walk, now, None)


def _read_week(
    warehouse: Warehouse, walk: Walk, unreadable: UnreadableRecords, now: datetime, ahead: Path | None = None
) -> WeekRead:
    with warehouse.writing() as connection:
        schema.assert_origin(connection, walk.origin)
        read_records(connection, walk, unreadable, ahead)
        verdict = models.reject_records(connection, walk.week, walk.source)
        # What was set aside is written down in any case; the week is taken only if it is to be believed.
        if not verdict.is_acceptable:
            return WeekRead(models.NOTHING, events.NOTHING, edges.NOTHING, verdict)
        week = WeekRead(
            models.add_week(connection, walk.week),
            events.add_week(connection, walk.week, walk.edge, walk.source),
            edges.add_week(connection, walk.week),
            verdict,
        )
        record(connection, week_of_observations(connection, walk), now)
        record_fields(connection, walk.source, walk.shape(), walk.edge.date())
    return week


def _ahead(warehouse: Warehouse) -> Path:
    """Give the folder of what is read while a walk is under way; it is there until its week is in the history."""
    return warehouse.landing.with_name("read_ahead")


def _have_not_shrunk(week: edges.WeekOfEdges) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset_key(MODEL_EDGE),
        check_name=EDGES_HAVE_NOT_SHRUNK.name,
        passed=week.is_believable,
        description=None if week.is_believable else _shrunk(week),
        metadata={"edges": week.stated, "edges_the_week_before": week.before},
    )


def _shrunk(week: edges.WeekOfEdges) -> str:
    return (
        f"this walk tells {week.stated:,} edges of lineage, and the one of the week before told {week.before:,}: more than "
        "a tenth is gone. Kept: the landed pages, and the models of this week with their counters; the edges of the week "
        "before are carried on, and nothing is published. To do: run the refresh again, it makes a new walk. If it stays "
        "so, compare baseModels, tags and cardData on the landed pages with what the code expects."
    )


def _found(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """Give what `query` finds in the working database; nothing if there is no database yet."""
    if not warehouse.exists():
        return []
    with warehouse.reading() as connection:
        return connection.execute(query).fetchall()


def _rows_before(warehouse: Warehouse) -> int | None:
    """Give the models of the newest walk in the history; None if there is none."""
    walks = "from core.observation_latest where metric = 'hub_models' and basis = 'measured'"
    found = _found(warehouse, f"select value {walks} order by period_start desc limit 1")
    return int(found[0][0]) if found else None


def _newest_week(warehouse: Warehouse) -> date | None:
    """Give the newest week in the history; None if there is none."""
    return next((week for (week,) in _found(warehouse, "select max(week) from base.model_week")), None)


def _read_edge(warehouse: Warehouse) -> datetime | None:
    """Give the moment for which the newest walk in the history stands; None if there is none."""
    query = "select observed_at from core.hub_week order by week desc limit 1"
    return next((edge for (edge,) in _found(warehouse, query)), None)


def _walk_failed(warehouse: Warehouse, run_id: str) -> bool:
    """Return whether the walk failed in this run."""
    with warehouse.reading() as connection:
        return bool(
            connection.execute(
                "select 1 from meta.collection where run_id = ? and source = ? and status <> 'complete'",
                [run_id, SOURCE],
            ).fetchall()
        )


def _origin(warehouse: Warehouse) -> str | None:
    """Give what this warehouse holds, `live` or `sandbox` rows; None before the first."""
    return next((origin for (origin,) in _found(warehouse, "select origin from meta.warehouse")), None)


def _unreleased_walk(warehouse: Warehouse, hub: Hub, now: datetime) -> Walk | None:
    """Give this week's complete walk if no release has come of it: a run died between walking and publishing."""
    for walk in complete_walks(warehouse.landing / "hub", hub.endpoint, since=monday(now)):
        if not is_released(warehouse.published, walk.source, walk.edge):
            return walk
    return None
