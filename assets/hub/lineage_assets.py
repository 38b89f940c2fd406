"""Assets of the lineage closure: every ancestor and every root of every model."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.resources import Warehouse
from assets.table_asset import (
    CONSTRAINTS_CHECK,
    asset_key,
    asset_spec,
    constraints_check,
    constraints_failed,
    constraints_failure,
    constraints_passed,
)
from warehouse.database.derive import CheckError, count
from warehouse.hub.closure import close, compare_with_edges
from warehouse.tables.core import MODEL
from warehouse.tables.lineage import BASE_MODEL_FAMILY, MODEL_ANCESTOR, MODEL_EDGE, MODEL_FAMILY

TABLES = (MODEL_ANCESTOR, MODEL_FAMILY)
UPSTREAM = [asset_key(MODEL), asset_key(MODEL_EDGE)]

# Checks beyond the declared constraints; if one fails, the transaction is rolled back.
CHECKS = {
    "no_model_is_its_own_ancestor": "holds for members of a cycle too",
    "ancestors_agree_with_parents": (
        "every current edge is a pair of depth 1; every other pair is one step from a model to a parent with this ancestor, "
        "on a shortest path; and none is missing"
    ),
}


@dg.multi_asset(
    name="lineage_closure",
    specs=[asset_spec(table, group="lineage", kinds={"sql", "duckdb"}, deps=UPSTREAM) for table in TABLES],
    check_specs=[
        *(constraints_check(table) for table in TABLES),
        *(
            dg.AssetCheckSpec(name, asset=asset_key(MODEL_ANCESTOR), blocking=True, description=description)
            for name, description in CHECKS.items()
        ),
    ],
)
def lineage_closure(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Rebuild every ancestor and every root of every model."""
    begun = time.perf_counter()
    checking = CONSTRAINTS_CHECK
    try:
        with warehouse.writing() as connection:
            closure = close(connection)
            checking = "ancestors_agree_with_parents"
            compare_with_edges(connection)
            families = count(connection, BASE_MODEL_FAMILY)
    except CheckError as error:
        is_own_ancestor = "no model is its own ancestor" in str(error)
        yield constraints_failed(MODEL_ANCESTOR, error, "no_model_is_its_own_ancestor" if is_own_ancestor else checking)
        raise constraints_failure(error) from error
    yield dg.MaterializeResult(
        asset_key=asset_key(MODEL_ANCESTOR),
        metadata={
            "dagster/row_count": closure.pairs,
            "pairs": closure.pairs,
            "longest_chain": closure.longest_chain,
            "cycles": closure.cycles,
            "models_in_cycles": closure.models_in_cycles,
            "seconds": round(time.perf_counter() - begun, 2),
        },
        check_results=[
            constraints_passed(MODEL_ANCESTOR),
            *(
                dg.AssetCheckResult(asset_key=asset_key(MODEL_ANCESTOR), check_name=name, passed=True)
                for name in CHECKS
            ),
        ],
    )
    yield dg.MaterializeResult(
        asset_key=asset_key(MODEL_FAMILY),
        metadata={"rows_of_models_with_a_parent": families, "roots": closure.roots},
        check_results=[constraints_passed(MODEL_FAMILY)],
    )
