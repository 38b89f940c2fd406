"""The weekly refresh as one call: the same job that the schedule starts, run here and now."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg

from assets.collection_check import first_offline
from assets.hub.resources import ProgressLog
from assets.resources import TRIGGER_TAG, Clock, Warehouse
from assets.settings import Settings
from pipelines.console import ExitCode
from pipelines.definitions import definitions
from pipelines.exclusive_run import exclusive_run
from pipelines.outcome import Outcome, failures_of, interrupted_steps, is_skipped
from pipelines.run_locks import RUN_LOCK, locked_run, report_dead_runs

INTERRUPTED = (
    "interrupted. Kept: the responses stored so far, and the last release. To do: run the refresh again; it continues."
)


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
        ClockError: the clock of this machine is wrong; nothing was done.
    """
    settings = settings or Settings()
    Warehouse().exists()
    run_id = str(uuid4())
    with exclusive_run(settings.working):
        for dead in report_dead_runs(instance):
            on_dead_run(dead)
        (clock or Clock()).assert_right(Warehouse(), [settings.hub_endpoint])
        with locked_run(settings.working, run_id) as lock:
            run = _execute(settings, instance, clock, progress, run_id, lock)
    failures = failures_of(run)
    if run.success:
        is_missing = any(not is_skipped(reason) for reason in failures.values())
        return Outcome(ExitCode.SOURCE_MISSING if is_missing else ExitCode.WELL, failures, run_id=run_id)
    offline = first_offline(instance, run.run_id)
    if offline is not None:
        return Outcome(ExitCode.NOTHING_PUBLISHED, failures, offline.description, run_id)
    failures |= dict.fromkeys(interrupted_steps(run), INTERRUPTED)
    return Outcome(ExitCode.NOTHING_PUBLISHED, failures, run_id=run_id)


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
        "tags": {RUN_LOCK: str(lock), TRIGGER_TAG: "command"},
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
