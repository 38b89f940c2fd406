"""How a run ended: its exit code, and the reason of each step that failed, of each source not collected, and of a push."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from assets import machine_errors
from assets.collection_check import uncollected
from assets.http.errors import printable
from assets.release.push import PUSH, not_pushed
from pipelines.console import ExitCode

SKIPPED = "skipped: "
PUSH_STEP = PUSH.to_python_identifier()


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended.

    `failures` has the reason of each step that failed, of each source that was not collected and of a release that was not
    pushed, by the step's key. A source that was skipped for want of a key begins with "skipped: " and does not change the
    exit code. `offline` is why no service at all could be reached; it is the reason of all other failures then.
    """

    exit_code: ExitCode
    failures: dict[str, str]
    offline: str | None = None
    run_id: str = field(default="", compare=False)


def is_skipped(reason: str) -> bool:
    """Return whether `reason` is that of a source that was skipped, which is no failure."""
    return reason.startswith(SKIPPED)


def failures_of(run: dg.ExecuteInProcessResult | dg.JobExecutionResult) -> dict[str, str]:
    """Return the reason of each failed step and of each source that was not collected; or that of the run itself."""
    return _failures(run.all_events, is_success=run.success)


def outcome_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Outcome:
    """Return how a run ended that Dagster's daemon started, by its log."""
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id) if entry.dagster_event]
    failures = _failures(events, is_success=run.is_success)
    if not run.is_success:
        return Outcome(ExitCode.NOTHING_PUBLISHED, failures)
    is_missing = any(not is_skipped(reason) for reason in failures.values())
    return Outcome(ExitCode.SOURCE_MISSING if is_missing else ExitCode.WELL, failures)


def _failures(events: Sequence[dg.DagsterEvent], *, is_success: bool) -> dict[str, str]:
    failures: dict[str, str] = {}
    for event in events:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found = event.asset_check_evaluation_data
            if (reason := uncollected(found) or not_pushed(found)) is not None:
                failures[event.step_key or "unknown"] = reason
        elif event.is_step_failure:
            described = event.step_failure_data.user_failure_data
            reason = described.description if described and described.description else None
            failures[event.step_key or "unknown"] = printable(
                (reason or _message(event.step_failure_data.error)).strip()
            )
    if not failures and not is_success:
        errors = [event.job_failure_data.error for event in events if event.is_job_failure]
        failures["the run"] = printable(_message(errors[-1] if errors else None).strip())
    return failures


def _message(error: SerializableErrorInfo | None) -> str:
    if error is None:
        return f"it failed without an error message. {machine_errors.KEPT} To do: run it again; it continues. Its log is in the UI."
    message = (error.cause or error).message
    return machine_errors.explain_text(message) or message.partition(": ")[2] or message


def interrupted_steps(run: dg.ExecuteInProcessResult | dg.JobExecutionResult) -> list[str]:
    """Return the keys of the steps that ended because somebody stopped the run."""
    errors = [(event.step_key or "unknown", event.step_failure_data.error) for event in run.get_step_failure_events()]
    return [step for step, error in errors if error and error.cls_name == "DagsterExecutionInterruptedError"]
