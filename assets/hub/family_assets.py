"""Assets of model families, of makers, and of how much of the lineage is known; counted each week."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.collection_check import COLLECTED_THIS_WEEK, collected_check
from assets.resources import Warehouse
from assets.source_asset import SOURCE_TAG
from assets.table_asset import asset_key, asset_spec, constraints_check, constraints_passed
from assets.table_asset import makers as makers_of
from warehouse.database.derive import CheckError, count
from warehouse.hub import families, lineage_totals, makers
from warehouse.seeds.csv_reader import CuratedError
from warehouse.seeds.published_figures import CURATED
from warehouse.tables.core import MODEL_NAME, MODEL_WEEK
from warehouse.tables.history import DOWNLOAD_SPIKE, HUB_WEEK
from warehouse.tables.lineage import FAMILY, FAMILY_WEEK, LINEAGE_WEEK, MODEL_ANCESTOR, MODEL_EDGE, UNRESOLVED_PARENT
from warehouse.tables.makers import MAKER_WEEK
from warehouse.tables.reference_data import MAKER

GROUP = "lineage"
FAMILY_LIST = asset_key(FAMILY)
LINEAGE = [asset_key(MODEL_ANCESTOR), asset_key(MODEL_EDGE)]
# The asset that loads the list of makers.
(FIGURES,) = makers_of(MAKER)
LARGEST = 10


@dg.multi_asset(
    name="core__family",
    # Curated like the published figures, but an asset of its own: an error in one does not block the other, or the Hub.
    specs=[
        asset_spec(
            FAMILY,
            group="published_history",
            kinds={"python", "csv"},
            deps=[asset_key(MODEL_WEEK), asset_key(MODEL_NAME)],
        ).merge_attributes(tags=SOURCE_TAG)
    ],
    check_specs=[constraints_check(FAMILY), collected_check(FAMILY_LIST)],
)
def family(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """Load the list of families, and find their root repositories among all models ever seen."""
    problem: str | None = None
    named: int | None = None
    try:
        with warehouse.writing() as connection:
            named = families.load(connection, CURATED)
    except (CuratedError, CheckError) as error:
        problem = f"{error} Kept: the families as they were. To do: correct warehouse/seeds/family.csv, then run the refresh again."
    with warehouse.reading() as connection:
        roots, seen = connection.execute(
            "select count(distinct root), count(distinct hub_id) from core.family"
        ).fetchall()[0]
        rows = count(connection, FAMILY)
    yield dg.MaterializeResult(
        asset_key=asset_key(FAMILY),
        metadata={
            "dagster/row_count": rows,
            **({} if named is None else {"families": named}),
            "roots": roots,
            "roots_seen": seen,
        },
        check_results=[
            constraints_passed(FAMILY),
            dg.AssetCheckResult(
                asset_key=FAMILY_LIST, check_name=COLLECTED_THIS_WEEK, passed=problem is None, description=problem
            ),
        ],
    )


@dg.multi_asset(
    name="core__family_week",
    specs=[
        asset_spec(
            FAMILY_WEEK,
            group=GROUP,
            kinds={"python", "duckdb"},
            deps=[FAMILY_LIST, *LINEAGE, asset_key(MODEL_WEEK), asset_key(DOWNLOAD_SPIKE), asset_key(HUB_WEEK)],
        )
    ],
    check_specs=[constraints_check(FAMILY_WEEK)],
)
def family_week(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """Count the roots of every family in the newest week, and their derivatives by distance, relation and owner."""
    with warehouse.writing() as connection:
        # Without a walk there is nothing to count; other sources are published nevertheless.
        week = families.newest_week(connection)
        derivatives = families.count_week(connection, week) if week else {}
        if week and not families.is_stated(connection, week):
            context.log.warning(f"the edges of the week of {week} were not loaded: families are not counted")
        rows = count(connection, FAMILY_WEEK)
    largest = list(derivatives.items())[:LARGEST]
    yield dg.MaterializeResult(
        asset_key=asset_key(FAMILY_WEEK),
        metadata={
            "dagster/row_count": rows,
            "families": len(derivatives),
            **{f"derivatives_{name}": models for name, models in largest},
        },
        check_results=[constraints_passed(FAMILY_WEEK)],
    )


@dg.multi_asset(
    name="core__maker_week",
    specs=[
        asset_spec(
            MAKER_WEEK,
            group=GROUP,
            kinds={"python", "duckdb"},
            deps=[FIGURES, *LINEAGE, asset_key(MODEL_WEEK), asset_key(DOWNLOAD_SPIKE), asset_key(HUB_WEEK)],
        )
    ],
    check_specs=[constraints_check(MAKER_WEEK)],
)
def maker_week(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """Count the models of every maker in the newest week, and what was built on them, by size."""
    with warehouse.writing() as connection:
        week = families.newest_week(connection)
        downloads = makers.count_week(connection, week) if week else {}
        if week and not families.is_stated(connection, week):
            context.log.warning(f"the edges of the week of {week} were not loaded: makers are not counted")
        rows = count(connection, MAKER_WEEK)
    largest = list(downloads.items())[:LARGEST]
    yield dg.MaterializeResult(
        asset_key=asset_key(MAKER_WEEK),
        metadata={
            "dagster/row_count": rows,
            "makers": len(downloads),
            **{f"downloads_30d_{name}": figure for name, figure in largest},
        },
        check_results=[constraints_passed(MAKER_WEEK)],
    )


@dg.multi_asset(
    name="core__lineage_week",
    specs=[
        asset_spec(
            LINEAGE_WEEK,
            group=GROUP,
            kinds={"python", "duckdb"},
            deps=[*LINEAGE, asset_key(UNRESOLVED_PARENT)],
        )
    ],
    check_specs=[constraints_check(LINEAGE_WEEK)],
)
def lineage_of_week(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """Sum up the lineage of the newest week: models with a known parent, and statements that cannot be resolved."""
    with warehouse.writing() as connection:
        week = families.newest_week(connection)
        summed = lineage_totals.sum_up_week(connection, week) if week else lineage_totals.NOTHING
        rows = count(connection, LINEAGE_WEEK)
    figures = {name: figure for name, figure in vars(summed).items() if figure is not None}
    yield dg.MaterializeResult(
        asset_key=asset_key(LINEAGE_WEEK),
        metadata={"dagster/row_count": rows, **figures},
        check_results=[constraints_passed(LINEAGE_WEEK)],
    )
