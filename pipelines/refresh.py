"""The weekly refresh as one call: the same job that the schedule starts, run here and now."""

import os
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from assets import machine_errors
from assets.http.errors import printable
from assets.hub.resources import ProgressLog
from assets.resources import Clock, Warehouse, run_lock
from assets.settings import Settings
from pipelines.console import ExitCode
from pipelines.definitions import definitions
from pipelines.sensors import RELEASES_ITSELF, failed_sources, was_interrupted

INTERRUPTED = "it was interrupted. Kept: what was landed so far, and the last release. To do: run the refresh again; it continues."


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended: its verdict, and for each step that failed what it said."""

    exit_code: ExitCode
    failures: dict[str, str]


class RefreshRunningError(RuntimeError):
    """Another refresh is at work on the same warehouse."""


def refresh(instance: dg.DagsterInstance, clock: Clock | None = None, progress: ProgressLog | None = None) -> Outcome:
    """Collect every source, derive every table and publish; if nothing but a source fails, publish the rest.

    Raises:
        RefreshRunningError: another refresh is at work; nothing was done.
        UnreachableError: the lake does not answer; nothing was done, and no source was asked.
    """
    Warehouse().exists()
    working = Settings().working
    busy = RefreshRunningError(
        f"another run is at work in {working}. Nothing was done. Wait for it to end, then run again; "
        "docs/operations.md#at_work."
    )
    with run_lock(working, busy):
        report_dead_runs(instance)
        run = _execute("weekly_refresh", instance, clock, progress)
        failures = failures_of(run)
        if run.success:
            skipped = skipped_in(run.run_id)
            return Outcome(ExitCode.SOURCE_MISSING if skipped else ExitCode.WELL, skipped)
        if was_interrupted(instance, run.run_id):
            return Outcome(ExitCode.NOTHING_PUBLISHED, dict.fromkeys(failures, INTERRUPTED))
        if failed_sources(instance, run.run_id) is None:
            return Outcome(ExitCode.NOTHING_PUBLISHED, failures)
        rest = _execute("release_of_the_rest", instance, clock, progress)
        failures |= failures_of(rest) | skipped_in(run.run_id)
        return Outcome(ExitCode.SOURCE_MISSING if rest.success else ExitCode.NOTHING_PUBLISHED, failures)


def _execute(
    job: str, instance: dg.DagsterInstance, clock: Clock | None, progress: ProgressLog | None
) -> dg.ExecuteInProcessResult | dg.JobExecutionResult:
    """Run a job in this process, or in workers where the settings ask for several (`workers.py`)."""
    how: dict[str, Any] = {
        "instance": instance,
        "raise_on_error": False,
        "tags": {RELEASES_ITSELF: str(os.getpid())},
        "run_config": {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    }
    if Settings().workers == 1:
        here = definitions(clock, progress).resolve_job_def(job)
        run_id = str(uuid4())
        if progress:
            progress.begin(len(here.graph.node_defs))
            instance.add_event_listener(run_id, partial(_follow, progress))
        return here.execute_in_process(**how, run_id=run_id)
    again = {"job": job, "simulated_now": clock.simulated_now if clock else None}
    return dg.execute_job(dg.build_reconstructable_job(__name__, job_of_a_worker.__name__, None, again), **how)


def _follow(progress: ProgressLog, event: dg.EventLogEntry) -> None:
    """Report the step that an event of a run begins, if it begins one."""
    if event.dagster_event and event.dagster_event.is_step_start and event.step_key:
        progress.step(event.step_key)


def job_of_a_worker(job: str, simulated_now: str | None) -> dg.JobDefinition:
    """Return a job as each worker makes it for itself. Its progress is in the log: a terminal belongs to one process."""
    return definitions(Clock(simulated_now=simulated_now)).resolve_job_def(job)


def report_dead_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs that a killed terminal left behind as failed; they would otherwise look alive, and hold up the queue."""
    alive = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    for run in instance.get_runs(alive):
        if RELEASES_ITSELF in run.tags and not _is_alive(int(run.tags[RELEASES_ITSELF])):
            instance.report_run_failed(run, f"process {run.tags[RELEASES_ITSELF]} ended without finishing this run")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def failures_of(run: dg.ExecuteInProcessResult | dg.JobExecutionResult) -> dict[str, str]:
    """Give, for each step of a run that failed, what it said; of a run that failed outside of its steps, what that said."""
    failures: dict[str, str] = {}
    for event in run.get_step_failure_events():
        described = event.step_failure_data.user_failure_data
        text = described.description if described and described.description else _told(event.step_failure_data.error)
        failures[event.step_key or "unknown"] = printable(text.strip())
    if not failures and not run.success:
        errors = [event.job_failure_data.error for event in run.all_events if event.is_job_failure]
        failures["the run"] = printable(_told(errors[-1] if errors else None).strip())
    return failures


def _told(error: SerializableErrorInfo | None) -> str:
    if error is None:
        return (
            f"it ended without a word. {machine_errors.KEPT} To do: run it again; it continues. Its log is in the UI."
        )
    said = (error.cause or error).message
    return machine_errors.in_words(said) or said.partition(": ")[2] or said


def skipped_in(run_id: str) -> dict[str, str]:
    """Give the sources that a run could not ask because of a missing key, with what is missing."""
    with Warehouse().reading() as reader:
        found = reader.execute(
            "select source, reason from meta.collection where run_id = ? and status = 'skipped'", [run_id]
        ).fetchall()
    return {str(source): f"skipped: {reason}" for source, reason in found}
