"""Adoption: what surveys of companies found, kept by hand, since no survey firm has an interface."""

from typing import Any

import dagster as dg

from assets.resources import Clock, Warehouse
from assets.source_asset import SOURCE_TAG, recorded_attempt, switched_off_result
from assets.table_asset import OWNERS, WEEKLY, derived_assets
from warehouse.seeds import survey_answers
from warehouse.tables.adoption import SURVEY_ANSWER

GROUP = "adoption"
SURVEY_LIST = "survey_list"


@dg.asset(
    key=dg.AssetKey([GROUP, SURVEY_LIST]),
    group_name=GROUP,
    kinds={"python", "csv"},
    owners=OWNERS,
    tags=SOURCE_TAG,
    freshness_policy=WEEKLY,
)
def survey_list(context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock) -> dg.MaterializeResult[Any]:
    """Survey answers that are kept by hand in `warehouse/seeds/lists`, each with question, population and sample."""
    if SURVEY_LIST in warehouse.settings.off:
        return switched_off_result(SURVEY_LIST)
    new = 0
    with recorded_attempt(context.run.run_id, SURVEY_LIST, warehouse, clock) as collection:
        with warehouse.writing() as connection:
            new = survey_answers.load(connection, clock.now())
        collection.rows = len(survey_answers.read_answers())
    return dg.MaterializeResult(metadata={"figures": collection.rows or 0, "new_or_corrected": new})


SOURCES = (survey_list,)
VIEWS = (derived_assets("adoption_tables", [SURVEY_ANSWER], group=GROUP),)
