"""Assets of the Hugging Face Hub: the weekly walk over every public model, and the tables loaded from it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.collection_check import collected_check, collection_result
from assets.disk_space import assert_disk_space
from assets.http.hub_service import SOURCE
from assets.hub.load_records import (
    PageRejectedError,
    UnreadableRecords,
    find_unreadable,
    read_records,
    unreadable_records,
)
from assets.hub.read_ahead import ReadAhead
from assets.hub.resources import Hub, ProgressLog
from assets.hub.walk import Progress, Walk, complete_walks, refuse_walk, walk_models
from assets.online import assert_online, services_metadata
from assets.resources import Clock, Warehouse
from assets.settings import HUB
from assets.source_asset import SOURCE_TAG, recorded_attempt
from assets.table_asset import asset_key, asset_spec, constraints_check, constraints_passed
from assets.weeks import monday
from warehouse.database import schema
from warehouse.facts.observations import record
from warehouse.facts.response_fields import record_fields
from warehouse.hub import concentration, edges, events, facets, models
from warehouse.hub.weekly_totals import week_of_observations
from warehouse.release.publish import is_released
from warehouse.tables.core import MODEL, MODEL_NAME, MODEL_WEEK
from warehouse.tables.facets import FACET_WEEK, MODEL_FACETS
from warehouse.tables.history import CONCENTRATION_WEEK, COUNTER_RESTATEMENT, DOWNLOAD_SPIKE, HUB_WEEK, MODEL_EVENT
from warehouse.tables.lineage import MODEL_EDGE, UNRESOLVED_PARENT
from warehouse.tables.meta import SET_ASIDE

GROUP = "hub"
WALK = dg.AssetKey(["hub", "walk"])
TABLES = (
    MODEL, MODEL_WEEK, MODEL_NAME, MODEL_EVENT, COUNTER_RESTATEMENT, DOWNLOAD_SPIKE, HUB_WEEK,
    CONCENTRATION_WEEK, MODEL_FACETS, FACET_WEEK, MODEL_EDGE, UNRESOLVED_PARENT, SET_ASIDE,
)  # fmt: skip
EDGES_HAVE_NOT_SHRUNK = dg.AssetCheckSpec(
    "edges_have_not_shrunk",
    asset=asset_key(MODEL_EDGE),
    blocking=True,
    description="the models on the Hub state at least 90% as many lineage edges as in the week before",
)


@dataclass(frozen=True)
class LoadedWeek:
    """Result of loading one walk."""

    of_models: models.WeekOfModels
    of_events: events.WeekOfEvents
    of_concentration: dict[str, float]
    of_facets: dict[str, int]
    of_edges: edges.WeekOfEdges
    set_aside: models.RejectedRecords


@dg.asset(
    key=WALK,
    group_name=GROUP,
    kinds={"python", "huggingface"},
    tags=SOURCE_TAG,
    metadata=services_metadata((HUB,)),
    check_specs=[collected_check(WALK)],
)
def hub_walk(
    context: dg.AssetExecutionContext,
    hub: Hub,
    warehouse: Warehouse,
    clock: Clock,
    progress: dg.ResourceParam[ProgressLog],
) -> Iterator[dg.MaterializeResult[Any]]:
    """Every page of the Hub's listing of public models, stored as received.

    The Hub has only its present state, so a walk is always of the current week: a missed week stays missing. An
    interrupted walk is continued; a complete one that was never released is used again.
    """
    now = clock.now()
    walk: Walk | None = None
    with recorded_attempt(context.run.run_id, SOURCE, warehouse, clock) as collection:
        walk = _unreleased_walk(warehouse, hub, now)
        if walk is not None:
            context.log.info(f"the complete walk of this week in {walk.folder} was never released and is used again")
        else:
            assert_disk_space(SOURCE, warehouse.settings)
            assert_online(context, SOURCE, warehouse.settings)
            clock.assert_right(warehouse, [hub.endpoint])
            with ReadAhead(_read_ahead_folder(warehouse)) as ahead:

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
        collection.reason = "; ".join(walk.warnings) or None
        for warning in walk.warnings:
            context.log.warning(f"{walk.source}: {warning}")
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
        "warnings": "; ".join(walk.warnings) or "none",
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
    """Load every stored walk that is not in the database yet, oldest first.

    Usually this is the walk of this week, and an older one if a run was killed between walk and load. If every walk is
    loaded, the newest is loaded again; after a walk that failed in this run, the tables stay as they are.

    Raises:
        dagster.Failure: there is no walk yet, or the edges of lineage have shrunk. Nothing is published.
    """
    folder, newest = warehouse.landing / "hub", _newest_week(warehouse)
    walks = complete_walks(folder, hub.endpoint, newest, _loaded_edge(warehouse))
    if not walks and newest is not None and _walk_failed(warehouse, context.run.run_id):
        yield from _unchanged(newest)
        return
    walks = walks or complete_walks(folder, hub.endpoint, newest)
    if not walks:
        raise dg.Failure(
            description="there is no complete walk over the Hub yet. Kept: everything as it was; nothing is published. To do: "
            "see why hub/walk failed, then run the refresh again; it continues.",
            allow_retries=False,
        )
    for walk in walks:
        week = load_walk(warehouse, walk, clock.now(), _read_ahead_folder(warehouse))
    if _read_ahead_folder(warehouse).exists():
        shutil.rmtree(_read_ahead_folder(warehouse))
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
        asset_key(CONCENTRATION_WEEK): week.of_concentration,
        asset_key(MODEL_FACETS): {"dagster/row_count": week.of_models.ever},
        asset_key(FACET_WEEK): week.of_facets,
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
        results = (
            [constraints_passed(table), _edges_check(week.of_edges)]
            if table is MODEL_EDGE
            else [constraints_passed(table)]
        )
        yield dg.MaterializeResult(
            asset_key=asset_key(table), metadata=figures[asset_key(table)], check_results=results
        )
    if not week.of_edges.is_plausible:
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


def load_walk(warehouse: Warehouse, walk: Walk, now: datetime, ahead: Path | None = None) -> LoadedWeek:
    """Load a walk; refuse one that cannot be used, so that the next refresh makes a new one.

    `ahead` is the folder of the batches that were parsed during the walk.

    Raises:
        dagster.Failure: the walk is refused, because of too many unreadable records or another origin.
    """
    try:
        week = _load(warehouse, walk, now, ahead)
        week.set_aside.raise_if_too_many_rejected()
    except (models.TooManyUnreadableError, schema.OriginError) as error:
        refuse_walk(walk, str(error))
        raise dg.Failure(description=str(error), allow_retries=False) from error
    if not week.of_edges.is_plausible:
        refuse_walk(walk, _shrunk(week.of_edges))
    return week


def _load(warehouse: Warehouse, walk: Walk, now: datetime, ahead: Path | None) -> LoadedWeek:
    try:
        return _load_week(warehouse, walk, unreadable_records(walk), now, ahead)
    except PageRejectedError:
        return _load_week(warehouse, walk, find_unreadable(walk), now)
    except duckdb.Error:
        if ahead is None or not ahead.exists():
            raise
        # The batches parsed during the walk have no checksums and may be damaged: parse the pages.
        shutil.rmtree(ahead)
        return _load(warehouse, walk, now, None)


def _load_week(
    warehouse: Warehouse, walk: Walk, unreadable: UnreadableRecords, now: datetime, ahead: Path | None = None
) -> LoadedWeek:
    with warehouse.writing() as connection:
        schema.assert_origin(connection, walk.origin)
        read_records(connection, walk, unreadable, ahead)
        rejected = models.reject_records(connection, walk.week, walk.source)
        # Rejected records are stored in any case, the week only if there are few of them.
        if not rejected.is_acceptable:
            return LoadedWeek(models.NOTHING, events.NOTHING, {}, {}, edges.NOTHING, rejected)
        week = LoadedWeek(
            models.add_week(connection, walk.week),
            events.add_week(connection, walk.week, walk.edge, walk.source),
            concentration.add_week(connection, walk.week),
            facets.add_week(connection, walk.week),
            edges.add_week(connection, walk.week),
            rejected,
        )
        record(connection, week_of_observations(connection, walk), now)
        record_fields(connection, walk.source, walk.shape(), walk.edge.date())
    return week


def _read_ahead_folder(warehouse: Warehouse) -> Path:
    """Return the folder of the batches that are parsed during a walk; it exists until the walk is loaded."""
    return warehouse.landing.with_name("read_ahead")


def _edges_check(week: edges.WeekOfEdges) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset_key(MODEL_EDGE),
        check_name=EDGES_HAVE_NOT_SHRUNK.name,
        passed=week.is_plausible,
        description=None if week.is_plausible else _shrunk(week),
        metadata={"edges": week.stated, "edges_the_week_before": week.before},
    )


def _shrunk(week: edges.WeekOfEdges) -> str:
    return (
        f"this walk has {week.stated:,} lineage edges and the one of the week before had {week.before:,}: more than a tenth "
        "is missing. Kept: the stored pages, and the models of this week with their counters; the edges of the week before "
        "are carried forward, and nothing is published. To do: run the refresh again, it makes a new walk. If this "
        "persists, compare baseModels, tags and cardData on the stored pages with what the code expects."
    )


def _found(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query on the working database; none if there is no database yet."""
    if not warehouse.exists():
        return []
    with warehouse.reading() as connection:
        return connection.execute(query).fetchall()


def _rows_before(warehouse: Warehouse) -> int | None:
    """Return the number of models in the newest loaded walk; None if there is none."""
    walks = "from core.observation_latest where metric = 'hub_models' and basis = 'measured'"
    found = _found(warehouse, f"select value {walks} order by period_start desc limit 1")
    return int(found[0][0]) if found else None


def _newest_week(warehouse: Warehouse) -> date | None:
    """Return the newest loaded week; None if there is none."""
    return next((week for (week,) in _found(warehouse, "select max(week) from base.model_week")), None)


def _loaded_edge(warehouse: Warehouse) -> datetime | None:
    """Return the moment whose state the newest loaded walk shows; None if there is none."""
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
    """Return the origin of the rows in this warehouse, `live` or `sandbox`; None before the first."""
    return next((origin for (origin,) in _found(warehouse, "select origin from meta.warehouse")), None)


def _unreleased_walk(warehouse: Warehouse, hub: Hub, now: datetime) -> Walk | None:
    """Return the complete walk of this week if it was never released, because a run was killed before; else None."""
    for walk in complete_walks(warehouse.landing / "hub", hub.endpoint, since=monday(now)):
        if not is_released(warehouse.published, walk.source, walk.edge):
            return walk
    return None
