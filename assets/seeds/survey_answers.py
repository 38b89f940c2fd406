"""Adoption: curated answers of company surveys, because no survey firm offers an API."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.collection_check import collected_check, collection_result, switched_off_result
from assets.resources import Clock, Warehouse
from assets.source_asset import SOURCE_TAG, recorded_attempt
from assets.table_asset import derived_assets
from warehouse.seeds import survey_answers
from warehouse.tables.adoption import SURVEY_ANSWER

GROUP = "adoption"
SURVEY_LIST = "survey_list"
_KEY = dg.AssetKey([GROUP, SURVEY_LIST])


@dg.asset(
    key=_KEY,
    group_name=GROUP,
    kinds={"python", "csv"},
    tags=SOURCE_TAG,
    check_specs=[collected_check(_KEY)],
)
def survey_list(
    context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock
) -> Iterator[dg.MaterializeResult[Any]]:
    """Survey answers that are curated in `warehouse/seeds/lists`, each with question, population and sample."""
    if SURVEY_LIST in warehouse.settings.off:
        yield switched_off_result(SURVEY_LIST)
        return
    new = 0
    with (
        recorded_attempt(context.run.run_id, SURVEY_LIST, warehouse, clock) as collection,
        warehouse.writing() as connection,
    ):
        collection.rows, new = survey_answers.load(connection, clock.now())
    yield collection_result(collection, {"figures": collection.rows or 0, "new_or_corrected": new})


VIEWS = (derived_assets("adoption_tables", [SURVEY_ANSWER], group=GROUP),)
