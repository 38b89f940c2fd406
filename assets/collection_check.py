"""The check `collected_this_week` of every source: red when it failed, yellow when it was skipped or items are missing.

The run goes on and publishes.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets.http.errors import printable
from warehouse.facts.collections import Collection

COLLECTED_THIS_WEEK = "collected_this_week"
# Whether the service of a source sent a response in this run: "responded", "unreachable", "none" for a source without one, or
# "offline" if no service at all can be reached.
_SERVICE = "service"
_STATUS = "status"


def collected_check(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    """Return the check of a source's asset: a failure is shown and stops nothing."""
    return dg.AssetCheckSpec(
        COLLECTED_THIS_WEEK,
        asset=asset,
        description="the source was collected whole; otherwise its earlier rows stay, and the rest is published",
    )


def collection_result(collection: Collection, metadata: Mapping[str, Any]) -> dg.MaterializeResult[Any]:
    """Return the result of a source's step, with `metadata` if the source was collected.

    A source that was not collected yields a materialization all the same: Dagster skips every step below an output that
    is missing, down to the release. Therefore sources have no freshness policy; `meta.freshness` knows their age.
    """
    if collection.status == "complete":
        service = "responded" if collection.requests else "none"
        return dg.MaterializeResult(
            metadata=metadata,
            check_results=[
                dg.AssetCheckResult(check_name=COLLECTED_THIS_WEEK, passed=True, metadata={_SERVICE: service})
            ],
        )
    reason = printable(collection.reason or "")
    if collection.is_loaded:
        return dg.MaterializeResult(
            metadata={**metadata, "set aside": reason, "items_set_aside": len(collection.set_aside)},
            check_results=[
                dg.AssetCheckResult(
                    check_name=COLLECTED_THIS_WEEK,
                    passed=False,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=reason,
                    metadata={_STATUS: collection.status, _SERVICE: "responded"},
                )
            ],
        )
    is_skipped = collection.status == "skipped"
    service = (
        "none" if is_skipped
        else "offline" if collection.is_offline
        else "unreachable" if collection.is_unreachable
        else "responded"
    )  # fmt: skip
    return dg.MaterializeResult(
        metadata={"skipped" if is_skipped else "not collected": reason},
        check_results=[
            dg.AssetCheckResult(
                check_name=COLLECTED_THIS_WEEK,
                passed=False,
                severity=dg.AssetCheckSeverity.WARN if is_skipped else dg.AssetCheckSeverity.ERROR,
                description=reason,
                metadata={_STATUS: collection.status, _SERVICE: service},
            )
        ],
    )


def switched_off_result(source: str) -> dg.MaterializeResult[Any]:
    """Return the result of a source in TIDEGAUGE_SWITCHED_OFF: no request was made, no attempt is recorded."""
    return dg.MaterializeResult(
        metadata={"switched off": f"{source} is in TIDEGAUGE_SWITCHED_OFF; its earlier rows stay"},
        check_results=[
            dg.AssetCheckResult(
                check_name=COLLECTED_THIS_WEEK, passed=True, description="switched off on purpose: nothing to collect"
            )
        ],
    )


def uncollected(evaluation: dg.AssetCheckEvaluation) -> str | None:
    """Return why a source was not collected, by the evaluation of any check; None if it is not about that.

    A source of which only items were set aside was collected. A refused walk is partial too, with an error: it was not.
    """
    if evaluation.check_name != COLLECTED_THIS_WEEK or evaluation.passed:
        return None
    is_warning = evaluation.severity == dg.AssetCheckSeverity.WARN
    if is_warning and evaluation.metadata[_STATUS].value == "partial":
        return None
    skipped = "skipped: " if is_warning else ""
    return f"{skipped}{evaluation.description}"


def no_service_was_reached(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Return whether every service that a run requested was unreachable, as without a network."""
    services = services_of_run(instance, run_id)
    return bool(services & {"unreachable", "offline"}) and "responded" not in services


def services_of_run(instance: dg.DagsterInstance, run_id: str) -> set[str]:
    """Return what the sources of a run found of their services so far: "responded", "unreachable", "offline", "none"."""
    return {service for _, service in _evaluations(instance, run_id)}


def first_offline(instance: dg.DagsterInstance, run_id: str) -> dg.AssetCheckEvaluation | None:
    """Return the check of the source that found out that no service can be reached; None if there is none."""
    return next((evaluation for evaluation, service in _evaluations(instance, run_id) if service == "offline"), None)


def _evaluations(instance: dg.DagsterInstance, run_id: str) -> list[tuple[dg.AssetCheckEvaluation, str]]:
    records = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [record.dagster_event.asset_check_evaluation_data for record in records if record.dagster_event]
    return [(one, str(one.metadata[_SERVICE].value)) for one in evaluations if _SERVICE in one.metadata]
