"""The Hugging Face Hub: the weekly walk over every model, and what it says of each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import dagster as dg
import duckdb

from assets.catalogue import OWNERS, WEEKLY, asset_key, held, holds, specification
from assets.collecting import SOURCE_TAG, collecting
from assets.hub_records import read_records
from pipelines.resources import Clock, Hub, ProgressLog, Warehouse
from pipelines.sources.hugging_face import SOURCE, Walk, complete_walk, monday, walk_models
from warehouse import models, schema
from warehouse.observations import Observation, record
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
        walk = _unreleased_walk(warehouse, now)
        if walk is not None:
            context.log.info(f"this week's walk is landed and was never released: {walk.folder} is used as it is")
        else:
            walk = walk_models(
                hub.service(),
                warehouse.landing / "hub",
                now,
                last_rows=_rows_before(warehouse),
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
def hub_models(context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock) -> Iterator[Any]:
    """Read the week's walk, bring it into the history of every model, and add up the week."""
    walk = complete_walk(warehouse.landing / "hub", monday(clock.now()))
    if walk is None:
        raise dg.Failure(
            description="there is no complete walk of this week. Nothing was changed. Materialize hub/walk first.",
            allow_retries=False,
        )
    with warehouse.writing() as connection:
        schema.claim(connection, walk.origin)
        read_records(connection, walk)
        verdict = models.set_aside(connection, walk.week, walk.source)
        week = None
        if verdict.is_acceptable:
            week = models.add_week(connection, walk.week)
            record(connection, _totals(connection, walk), clock.now())
    verdict.judge()
    assert week is not None
    figures: dict[dg.AssetKey, dict[str, int]] = {
        asset_key(MODEL): {"models": week.models, "added": week.added, "removed": week.removed},
        asset_key(MODEL_WEEK): {"dagster/partition_row_count": week.models},
        asset_key(MODEL_NAME): {"renamed": week.renamed},
        asset_key(SET_ASIDE): {
            "dagster/partition_row_count": sum(verdict.by_treatment.values()),
            **verdict.by_treatment,
        },
    }
    for table in TABLES:
        yield dg.MaterializeResult(
            asset_key=asset_key(table), metadata=figures[asset_key(table)], check_results=[held(table)]
        )


def _totals(connection: duckdb.DuckDBPyConnection, walk: Walk) -> list[Observation]:
    """Add up a week of the Hub. A model without a counter counts as a model, and adds nothing to that counter's sum."""
    totals = connection.execute(
        """
        select
            count(*) as hub_models,
            sum(downloads_30d)::bigint as hub_downloads_30d,
            sum(downloads_all_time)::bigint as hub_downloads_all_time,
            count(distinct author) as hub_authors,
            count(*) filter (created_at >= $edge::timestamptz - interval 30 days) as hub_models_created_30d,
            count(*) - count(downloads_30d) as without_downloads_30d,
            count(*) - count(downloads_all_time) as without_downloads_all_time
        from incoming_model
        """,
        {"edge": walk.edge},
    ).fetchall()[0]
    names = ("hub_models", "hub_downloads_30d", "hub_downloads_all_time", "hub_authors", "hub_models_created_30d")
    units = ("models", "downloads", "downloads", "authors", "models")
    without = dict(zip(("hub_downloads_30d", "hub_downloads_all_time"), totals[5:], strict=True))
    return [
        Observation(
            metric=metric,
            entity="all models",
            period_start=walk.week,
            date_precision="week",
            observed_at=walk.edge,
            value=None if total is None else float(total),
            unit=unit,
            basis="measured",
            source=walk.source,
            evidence_url=walk.pages[0].url,
            attributes={"models without this counter": str(without[metric])} if without.get(metric) else {},
        )
        for metric, unit, total in zip(names, units, totals[:5], strict=True)
    ]


def _rows_before(warehouse: Warehouse) -> int | None:
    """Give the models of the newest walk in the history; None if there is none."""
    if not warehouse.database.exists():
        return None
    with warehouse.reading() as connection:
        found = connection.execute(
            """
            select value from core.observation_latest
            where metric = 'hub_models' and basis = 'measured'
            order by period_start desc limit 1
            """
        ).fetchall()
    return int(found[0][0]) if found else None


def _unreleased_walk(warehouse: Warehouse, now: datetime) -> Walk | None:
    """Give this week's complete walk if no release has come of it: a run died between walking and publishing."""
    walk = complete_walk(warehouse.landing / "hub", monday(now))
    if walk is None or is_released(warehouse.published, walk.source, walk.edge):
        return None
    return walk
