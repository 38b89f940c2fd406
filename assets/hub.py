"""The Hugging Face Hub: the weekly walk over every model, and what it says of each."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import dagster as dg

from assets.catalogue import OWNERS, WEEKLY, asset_key, held, holds, specification
from assets.collecting import SOURCE_TAG, collecting
from assets.hub_records import PageRejectedError, UnreadableRecords, find_unreadable, landed_unreadable, read_records
from assets.hub_totals import week_of_observations
from pipelines.resources import Clock, Hub, ProgressLog, Warehouse
from pipelines.sources.hugging_face import SOURCE, Walk, complete_walks, monday, refuse_walk, walk_models
from warehouse import models, schema
from warehouse.observations import record
from warehouse.publication import is_released
from warehouse.tables.core import MODEL, MODEL_NAME, MODEL_WEEK
from warehouse.tables.meta import SET_ASIDE

GROUP = "hub"
WALK = dg.AssetKey(["hub", "walk"])
TABLES = (MODEL, MODEL_WEEK, MODEL_NAME, SET_ASIDE)


@dg.asset(
    key=WALK,
    group_name=GROUP,
    kinds={"python", "huggingface"},
    owners=OWNERS,
    tags=SOURCE_TAG,
    freshness_policy=WEEKLY,
)
def hub_walk(
    context: dg.AssetExecutionContext,
    hub: Hub,
    warehouse: Warehouse,
    clock: Clock,
    progress: dg.ResourceParam[ProgressLog],
) -> dg.MaterializeResult[Any]:
    """Every page of the Hub's list of public models, landed as it came.

    The Hub tells only its present state, so a walk always stands for the week in which it is made: a missed week stays
    missing. A walk that broke off is continued; one that is complete and was never released is used as it is.
    """
    now = clock.now()
    with collecting(context.run.run_id, SOURCE, warehouse, clock) as collection:
        walk = _unreleased_walk(warehouse, hub, now)
        if walk is not None:
            context.log.info(f"this week's walk is landed and was never released: {walk.folder} is used as it is")
        else:
            walk = walk_models(
                hub.service(),
                warehouse.landing / "hub",
                now,
                last_rows=_rows_before(warehouse),
                origin=_origin(warehouse),
                on_page=lambda state: progress.walk(state, context.log),
            )
        collection.source = walk.source
        collection.started_at = walk.edge
        collection.requests, collection.rows, collection.bytes = len(walk.pages), walk.rows, walk.bytes
    seconds = max((walk.finished_at - walk.began_at).total_seconds(), 0.001)
    return dg.MaterializeResult(
        metadata={
            "models": walk.rows,
            "pages": len(walk.pages),
            "megabytes": round(walk.bytes / 1e6, 1),
            "seconds": round(seconds, 1),
            "models_per_second": round(walk.rows / seconds),
            "hub_total": walk.hub_total if walk.hub_total is not None else "not stated",
            "landed_in": dg.MetadataValue.path(str(walk.folder)),
        }
    )


@dg.multi_asset(
    name="hub_models",
    specs=[specification(table, group=GROUP, kinds={"python", "duckdb"}, deps=[WALK]) for table in TABLES],
    check_specs=[holds(table) for table in TABLES],
)
def hub_models(hub: Hub, warehouse: Warehouse, clock: Clock) -> Iterator[Any]:
    """Read every landed walk that is not yet in the history, newest last, and add up its week.

    That is this week's walk as a rule, and an older one where a run died between walking and reading.
    """
    walks = complete_walks(warehouse.landing / "hub", hub.endpoint, since=_newest_week(warehouse))
    if not walks:
        raise dg.Failure(
            description="there is no complete walk to read. Nothing was changed. Materialize hub/walk first.",
            allow_retries=False,
        )
    for walk in walks:
        week, verdict = _bring_in(warehouse, walk, clock.now())
    figures: dict[dg.AssetKey, dict[str, int]] = {
        asset_key(MODEL): {
            "dagster/row_count": week.ever,
            "models": week.models,
            "added": week.added,
            "removed": week.removed,
        },
        asset_key(MODEL_WEEK): {"dagster/partition_row_count": week.models},
        asset_key(MODEL_NAME): {"renamed": week.renamed},
        asset_key(SET_ASIDE): {"dagster/partition_row_count": verdict.rows, **verdict.by_treatment},
    }
    for table in TABLES:
        yield dg.MaterializeResult(
            asset_key=asset_key(table), metadata=figures[asset_key(table)], check_results=[held(table)]
        )


def _bring_in(warehouse: Warehouse, walk: Walk, now: datetime) -> tuple[models.WeekOfModels, models.SetAside]:
    """Read a walk into the warehouse; one that cannot be used is refused, so that the next refresh makes a new one."""
    try:
        try:
            week, verdict = _read_week(warehouse, walk, landed_unreadable(walk), now)
        except PageRejectedError:
            week, verdict = _read_week(warehouse, walk, find_unreadable(walk), now)
        verdict.judge()
    except (models.TooManyUnreadableError, schema.OriginError) as error:
        refuse_walk(walk, str(error))
        raise dg.Failure(description=str(error), allow_retries=False) from error
    return week, verdict


def _read_week(
    warehouse: Warehouse, walk: Walk, unreadable: UnreadableRecords, now: datetime
) -> tuple[models.WeekOfModels, models.SetAside]:
    with warehouse.writing() as connection:
        schema.claim(connection, walk.origin)
        read_records(connection, walk, unreadable)
        verdict = models.set_aside(connection, walk.week, walk.source)
        # What was set aside is written down in any case; the week is taken only if it is to be believed.
        week = models.WeekOfModels(0, 0, 0, 0, 0)
        if verdict.is_acceptable:
            week = models.add_week(connection, walk.week)
            record(connection, week_of_observations(connection, walk), now)
    return week, verdict


def _found(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """Give what `query` finds in the working database; nothing if there is no database yet."""
    if not warehouse.database.exists():
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
    return next((week for (week,) in _found(warehouse, "select max(week) from core.model_reading")), None)


def _origin(warehouse: Warehouse) -> str | None:
    """Give what this warehouse holds, `live` or `sandbox` rows; None before the first."""
    return next((origin for (origin,) in _found(warehouse, "select origin from meta.warehouse")), None)


def _unreleased_walk(warehouse: Warehouse, hub: Hub, now: datetime) -> Walk | None:
    """Give this week's complete walk if no release has come of it: a run died between walking and publishing."""
    for walk in complete_walks(warehouse.landing / "hub", hub.endpoint, since=monday(now)):
        if not is_released(warehouse.published, walk.source, walk.edge):
            return walk
    return None
