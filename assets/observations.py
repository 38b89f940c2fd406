"""All figures of all sources, as one table."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.registry import SOURCE_ASSETS
from assets.resources import Warehouse
from assets.table_asset import PUBLISHED_FIGURES, asset_key, asset_spec, constraints_check, constraints_passed
from warehouse.database.derive import check
from warehouse.tables.core import MODEL_WEEK, OBSERVATION

# The assets that ask a service other than the Hub's listing.
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
def observations(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """Every source has written its figures; here they are checked as a whole before anything is derived from them."""
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
