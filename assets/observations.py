"""All figures of all sources, as one table."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.collection_check import first_offline, no_service_was_reached
from assets.registry import SOURCE_ASSETS
from assets.resources import Warehouse
from assets.table_asset import PUBLISHED_FIGURES, asset_key, asset_spec, constraints_check, constraints_passed
from warehouse.database.derive import check
from warehouse.tables.core import MODEL_WEEK, OBSERVATION

# The assets that request a service other than the Hub's listing.
COLLECTED = tuple(asset.key for asset in SOURCE_ASSETS)


@dg.multi_asset(
    name="observations",
    specs=[
        asset_spec(
            OBSERVATION,
            group="observations",
            kinds={"duckdb"},
            deps=[PUBLISHED_FIGURES, asset_key(MODEL_WEEK), *COLLECTED],
        )
    ],
    check_specs=[constraints_check(OBSERVATION)],
)
def observations(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """Check the figures of all sources as a whole, before anything is derived from them.

    Raises:
        dagster.Failure: no service could be reached in this run. Nothing is published.
    """
    if no_service_was_reached(context.instance, context.run.run_id):
        offline = first_offline(context.instance, context.run.run_id)
        raise dg.Failure(
            description=(offline.description if offline else None)
            or "no service could be reached. Kept: every earlier row, and the last release; nothing is published. To "
            "do: see whether this machine has a network, then run the refresh again; it continues.",
            allow_retries=False,
        )
    with warehouse.writing() as connection:
        check(connection, OBSERVATION)
        rows, series, corrections = connection.execute(
            """
            select
                (select count(*) from core.observation),
                (select count(*) from (select distinct metric, entity, basis, source from core.observation)),
                (select count(*) from core.observation) - (select count(*) from core.observation_latest)
            """
        ).fetchall()[0]
    yield dg.MaterializeResult(
        asset_key=asset_key(OBSERVATION),
        metadata={"dagster/row_count": rows, "series": series, "corrections": corrections},
        check_results=[constraints_passed(OBSERVATION)],
    )
