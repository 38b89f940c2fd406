"""Inference speed: what InferenceX measures every night, and what users measure on their own machines."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from assets.collection_check import collected_check, collection_result, switched_off_result
from assets.http.errors import unexpected_field
from assets.inference import bench_files, inbox, inferencex
from assets.inference.inference_result import InferenceResult
from assets.resources import Clock, Warehouse
from assets.settings import without_trailing_slash
from assets.source_asset import SOURCE_TAG, SourceContext, SourceResult, recorded_attempt, source_asset
from assets.table_asset import derived_assets
from warehouse.database import schema
from warehouse.facts.versioned_rows import record_versions
from warehouse.seeds import lists
from warehouse.tables.inference import BASE_INFERENCE_RESULT, INFERENCE_RESULT

GROUP = "inference"
BENCH_FILES = dg.AssetKey([GROUP, bench_files.SOURCE])


def collect_inferencex(context: SourceContext) -> SourceResult:
    """Ask for each model of the list; a name that InferenceX does not know is reported, and the others go on."""
    service = inferencex.inferencex_service(without_trailing_slash(context.settings.inferencex_url))
    models = lists.inferencex_models()
    known = {model.key: model for model in models}
    results: list[InferenceResult] = []
    unknown: list[str] = []
    other_kinds = 0
    for name in dict.fromkeys(model.display_name for model in models):
        body = inferencex.ask_model(context.responses, service, name)
        if body is None:
            unknown.append(name)
            continue
        found, others = inferencex.read_results(body, context.now.date())
        other_kinds += others
        results += found
    if not results:
        raise unexpected_field(inferencex.SOURCE, "answers", "(whole)", "a model that InferenceX knows", unknown)
    named = [
        replace(result, model=model.model, parameters_b=model.parameters_b)
        if result.model and (model := known.get(result.model))
        else result
        for result in results
    ]
    return SourceResult(
        rows={BASE_INFERENCE_RESULT: [vars(result) for result in named]},
        figures={
            "runs": len(named),
            "rows of other kinds left out": other_kinds,
            "unknown models": ", ".join(unknown) or "none",
        },
    )


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

    An accepted file moves to `inbox/accepted`, a file that does not fit to `inbox/rejected` with the reason beside it. An
    empty inbox is no error: nobody needs to measure anything.
    """
    if bench_files.SOURCE in warehouse.settings.off:
        yield switched_off_result(bench_files.SOURCE)
        return
    outcome, new = inbox.Sorted(), 0
    results: Sequence[InferenceResult] = []
    with recorded_attempt(context.run.run_id, bench_files.SOURCE, warehouse, clock) as collection:
        settings, now = warehouse.settings, clock.now()
        outcome = inbox.sort_inbox(settings.inbox, now.date())
        results, collection.bytes = inbox.read_accepted(settings.inbox, now.date())
        collection.requests, collection.rows = 0, len(results)
        if results:
            rows = [vars(result) for result in results]
            with warehouse.writing() as connection:
                schema.assert_origin(connection, "live")
                new = record_versions(connection, BASE_INFERENCE_RESULT, rows, bench_files.SOURCE, now)
    for name in outcome.rejected:
        context.log.warning(f"{name} was rejected: see inbox/rejected/{name}.reason.txt")
    yield collection_result(
        collection,
        {
            "figures": len(results),
            "new_or_changed": new,
            "accepted": len(outcome.accepted),
            "rejected": len(outcome.rejected),
            "still being written": len(outcome.unfinished),
            "without hardware": sum(result.hardware is None for result in results),
        },
    )


SOURCES = (
    source_asset(
        GROUP,
        inferencex.SOURCE,
        {"python", "json"},
        collect_inferencex,
        doc="The newest run of every configuration that InferenceX (SemiAnalysis) measures, for the models of its list.",
    ),
    bench_files_asset,
)
VIEWS = (derived_assets("inference_tables", [INFERENCE_RESULT], group=GROUP),)
