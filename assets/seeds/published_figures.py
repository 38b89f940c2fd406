"""The asset of the published figures: curated rows, each with its source, and the claims about them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.collection_check import collected_check, collection_result
from assets.declared_sources import SOURCE_ROWS
from assets.resources import Clock, Warehouse
from assets.source_asset import SOURCE_TAG, recorded_attempt
from assets.table_asset import PUBLISHED_FIGURES
from warehouse.seeds import published_figures as curated


@dg.asset(
    key=PUBLISHED_FIGURES,
    group_name="published_history",
    kinds={"python", "csv"},
    tags=SOURCE_TAG,
    check_specs=[collected_check(PUBLISHED_FIGURES)],
)
def published_figures(
    context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock
) -> Iterator[dg.MaterializeResult[Any]]:
    """Curated figures, metrics, sources and claims of `warehouse/seeds`, checked row by row."""
    new = 0
    with (
        recorded_attempt(context.run.run_id, "curated", warehouse, clock) as collection,
        warehouse.writing() as connection,
    ):
        collection.rows, new = curated.load(connection, curated.CURATED, clock.now(), SOURCE_ROWS)
    yield collection_result(collection, {"figures": collection.rows, "new_or_corrected": new})
