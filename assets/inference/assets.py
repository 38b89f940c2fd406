"""Inference speed: results that users measure on their own machines, and the table of all results."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from assets.collection_check import collected_check, collection_result, switched_off_result
from assets.inference import inbox
from assets.inference.bench_text import NAME
from assets.inference.inference_result import InferenceResult
from assets.resources import Clock, Warehouse
from assets.source_asset import SOURCE_TAG, recorded_attempt
from assets.table_asset import derived_assets
from warehouse.database import schema
from warehouse.facts.versioned_rows import record_versions
from warehouse.tables.inference import BASE_INFERENCE_RESULT, INFERENCE_RESULT, TOKEN_PRICE

GROUP = "inference"
BENCH_FILES = dg.AssetKey([GROUP, NAME])


@dg.asset(
    key=BENCH_FILES,
    group_name=GROUP,
    kinds={"python", "json"},
    tags=SOURCE_TAG,
    check_specs=[collected_check(BENCH_FILES)],
)
def bench_files_asset(
    context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock
) -> Iterator[dg.MaterializeResult[Any]]:
    """Result files of llama-bench and vllm bench that users drop into `working/inbox`.

    An accepted file moves to `inbox/accepted`, a file that does not fit to `inbox/rejected`, with the reason next to it. A
    file without its hardware waits, with a request in `inbox/needs_hardware`. An empty inbox is no error.
    """
    if NAME in warehouse.settings.off:
        yield switched_off_result(NAME)
        return
    outcome, new = inbox.Sorted(), 0
    results: Sequence[InferenceResult] = []
    with recorded_attempt(context.run.run_id, NAME, warehouse, clock) as collection:
        settings, now = warehouse.settings, clock.now()
        outcome = inbox.sort_inbox(settings.inbox, now.date())
        results, collection.bytes = inbox.read_accepted(settings.inbox, now.date())
        collection.requests, collection.rows = 0, len(results)
        if results:
            rows = [vars(result) for result in results]
            with warehouse.writing() as connection:
                schema.assert_origin(connection, "live")
                new = record_versions(connection, BASE_INFERENCE_RESULT, rows, NAME, now)
    for name in outcome.rejected:
        context.log.warning(f"{name} was rejected: see inbox/rejected/{name}.reason.txt")
    for name in outcome.needs_hardware:
        context.log.warning(f"{name} does not name its hardware and waits: see inbox/needs_hardware/{name}.txt")
    yield collection_result(
        collection,
        {
            "figures": len(results),
            "new_or_changed": new,
            "accepted": len(outcome.accepted),
            "rejected": len(outcome.rejected),
            "still being written": len(outcome.unfinished),
            "waiting for hardware": len(outcome.needs_hardware),
            "with failed requests": sum("failed_requests=" in result.settings for result in results),
            "without hardware": sum(result.hardware is None for result in results),
        },
    )


VIEWS = (derived_assets("inference_tables", [INFERENCE_RESULT, TOKEN_PRICE], group=GROUP),)
