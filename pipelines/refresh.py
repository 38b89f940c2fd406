"""The weekly refresh as one call: the same job that the schedule starts, run here and now."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from assets import machine_errors
from assets.collection_check import first_offline, uncollected
from assets.http.errors import printable
from assets.hub.resources import ProgressLog
from assets.resources import Clock, Warehouse
from assets.settings import Settings
from pipelines.console import ExitCode
from pipelines.definitions import definitions
from pipelines.exclusive_run import exclusive_run
from pipelines.run_locks import RUN_LOCK, locked_run, report_dead_runs

SKIPPED = "skipped: "
INTERRUPTED = (
    "interrupted. Kept: the responses stored so far, and the last release. To do: run the refresh again; it continues."
)


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended.

    `failures` has the reason of each step that failed and of each source that was not collected, by the step's key. A
    source that was skipped for want of a key begins with "skipped: " and does not change the exit code. `offline` is why no
    service at all could be reached; it is the reason of all other failures then.
    """

    exit_code: ExitCode
    failures: dict[str, str]
    offline: str | None = None


def refresh(
    instance: dg.DagsterInstance,
    clock: Clock | None = None,
    progress: ProgressLog | None = None,
    settings: Settings | None = None,
    on_dead_run: Callable[[dg.DagsterRun], object] = lambda _run: None,
) -> Outcome:
    """Collect every source, derive every table and publish. A source that fails does not stop the others.

    `on_dead_run` is called with each earlier run whose process turns out to be dead.

    Raises:
        RunInProgressError: another run is at work; nothing was done.
        UnreachableError: the lake does not respond; nothing was done, and no source was requested.
    """
    settings = settings or Settings()
    Warehouse().exists()
    run_id = str(uuid4())
    with exclusive_run(settings.working):
        for dead in report_dead_runs(instance):
            on_dead_run(dead)
        with locked_run(settings.working, run_id) as lock:
            run = _execute(settings, instance, clock, progress, run_id, lock)
    failures = failures_of(run)
    if run.success:
        is_missing = any(not is_skipped(reason) for reason in failures.values())
        return Outcome(ExitCode.SOURCE_MISSING if is_missing else ExitCode.WELL, failures)
    offline = first_offline(instance, run.run_id)
    if offline is not None:
        return Outcome(ExitCode.NOTHING_PUBLISHED, failures, offline.description)
    return Outcome(ExitCode.NOTHING_PUBLISHED, failures | dict.fromkeys(interrupted_steps(run), INTERRUPTED))


def is_skipped(reason: str) -> bool:
    """Return whether `reason` is that of a source that was skipped, which is no failure."""
    return reason.startswith(SKIPPED)


def _execute(
    settings: Settings,
    instance: dg.DagsterInstance,
    clock: Clock | None,
    progress: ProgressLog | None,
    run_id: str,
    lock: Path,
) -> dg.ExecuteInProcessResult | dg.JobExecutionResult:
    """Run the weekly refresh in this process, or in workers where the settings ask for several (`workers.py`)."""
    how: dict[str, Any] = {
        "instance": instance,
        "raise_on_error": False,
        "tags": {RUN_LOCK: str(lock)},
        "run_config": {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    }
    if settings.workers == 1:
        job = definitions(settings, clock, progress).resolve_job_def("weekly_refresh")
        if progress:
            progress.begin(len(job.graph.node_defs))
            instance.add_event_listener(run_id, partial(_follow, progress))
        return job.execute_in_process(**how, run_id=run_id)
    arguments = {"simulated_now": clock.simulated_now if clock else None}
    return dg.execute_job(dg.build_reconstructable_job(__name__, job_of_a_worker.__name__, None, arguments), **how)


def _follow(progress: ProgressLog, event: dg.EventLogEntry) -> None:
    """Report the step that an event of a run begins, if it begins one."""
    if event.dagster_event and event.dagster_event.is_step_start and event.step_key:
        progress.step(event.step_key)


def job_of_a_worker(simulated_now: str | None) -> dg.JobDefinition:
    """Return the weekly refresh as each worker builds it. Its progress is in the log: a terminal belongs to one process."""
    return definitions(clock=Clock(simulated_now=simulated_now)).resolve_job_def("weekly_refresh")


def failures_of(run: dg.ExecuteInProcessResult | dg.JobExecutionResult) -> dict[str, str]:
    """Return the reason of each failed step and of each source that was not collected; or that of the run itself."""
    failures: dict[str, str] = {}
    for event in run.all_events:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            if (reason := uncollected(event.asset_check_evaluation_data)) is not None:
                failures[event.step_key or "unknown"] = reason
        elif event.is_step_failure:
            described = event.step_failure_data.user_failure_data
            reason = described.description if described and described.description else None
            failures[event.step_key or "unknown"] = printable(
                (reason or _message(event.step_failure_data.error)).strip()
            )
    if not failures and not run.success:
        errors = [event.job_failure_data.error for event in run.all_events if event.is_job_failure]
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
