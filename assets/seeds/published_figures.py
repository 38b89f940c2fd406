"""What others have published: curated rows, each with its source, and the claims that were built on them."""

from typing import Any

import dagster as dg

from assets.resources import Clock, Warehouse
from assets.source_asset import SOURCE_TAG, recorded_attempt
from assets.table_asset import OWNERS, PUBLISHED_FIGURES, WEEKLY
from warehouse.seeds import published_figures as curated


@dg.asset(
    key=PUBLISHED_FIGURES,
    group_name="published_history",
    kinds={"python", "csv"},
    owners=OWNERS,
    tags=SOURCE_TAG,
    freshness_policy=WEEKLY,
)
def published_figures(
    context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock
) -> dg.MaterializeResult[Any]:
    """The figures, metrics, sources and claims that are kept by hand in `warehouse/seeds`, checked row by row."""
    with recorded_attempt(context.run.run_id, "curated", warehouse, clock) as collection:
        with warehouse.writing() as connection:
            new = curated.load(connection, curated.CURATED, clock.now())
        collection.rows = len(curated.curated_observations())
    return dg.MaterializeResult(metadata={"figures": collection.rows, "new_or_corrected": new})
