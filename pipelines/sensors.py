"""Sensors: load the files that users drop into the inbox, and tell the operator of runs that the daemon started."""

import hashlib
import json
from datetime import UTC, datetime

import dagster as dg

from assets.inference import inbox
from assets.inference.assets import BENCH_FILES
from assets.settings import Settings
from pipelines.jobs import weekly_refresh
from pipelines.operator_alerts import Operator, release_overdue
from pipelines.outcome import outcome_of
from pipelines.run_locks import RUN_LOCK, report_dead_runs

_RUNNING = dg.DefaultSensorStatus.RUNNING


@dg.sensor(
    target=dg.AssetSelection.assets(BENCH_FILES),
    minimum_interval_seconds=30,
    default_status=_RUNNING,
)
def bench_file_dropped(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Start a run when a file in the inbox is complete: its size and modification time are those of the last evaluation."""
    waiting = {name: list(state) for name, state in inbox.waiting(Settings().inbox).items()}
    seen: dict[str, list[int]] = json.loads(context.cursor or "{}")
    complete = {name: state for name, state in waiting.items() if seen.get(name) == state}
    if not complete:
        context.update_cursor(json.dumps(waiting))
        return dg.SkipReason("no new file in the inbox" if not waiting else "a new file may still be being written")
    # One run for these files in this state: Dagster never starts the same key twice.
    key = hashlib.sha256(json.dumps(sorted(complete.items())).encode()).hexdigest()[:16]
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key)], cursor=json.dumps(waiting))


@dg.run_status_sensor(run_status=dg.DagsterRunStatus.STARTED, monitored_jobs=[weekly_refresh], default_status=_RUNNING)
def heartbeat_of_a_begun_refresh(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    """Ping TIDEGAUGE_HEARTBEAT_URL when a weekly refresh begins."""
    return None if RUN_LOCK in context.dagster_run.tags else _undelivered(context, Operator(Settings()).started())


@dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS, monitored_jobs=[weekly_refresh], default_status=_RUNNING)
def alert_of_a_missing_source(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    """Ping TIDEGAUGE_HEARTBEAT_URL when a weekly refresh has published, and alert if a source is missing."""
    return _told(context)


@dg.run_failure_sensor(default_status=_RUNNING)
def alert_of_a_failed_run(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Alert when a run of any job failed; if it was the weekly refresh, ping TIDEGAUGE_HEARTBEAT_URL too."""
    return _told(context)


@dg.sensor(minimum_interval_seconds=60, default_status=_RUNNING)
def alert_of_silence(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Alert when the process of a run died, and when the last release is older than eight days: once for each."""
    operator, now = Operator(Settings()), datetime.now(UTC)
    undelivered = [line for run in report_dead_runs(context.instance) for line in operator.died(run)]
    published_at = release_overdue(operator.settings, now)
    if published_at is not None and context.cursor != published_at.isoformat():
        refused = operator.overdue(published_at, now)
        undelivered += refused
        if not refused:  # otherwise the next evaluation tries again
            context.update_cursor(published_at.isoformat())
    for line in undelivered:
        context.log.warning(line)
    return dg.SkipReason("; ".join(undelivered) or "nothing more to tell")


def _told(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    run = context.dagster_run
    if RUN_LOCK in run.tags:  # its command tells of it, or who finds it dead
        return None
    outcome = outcome_of(context.instance, run)
    return _undelivered(context, Operator(Settings()).ended(outcome, run.job_name, run.run_id))


def _undelivered(context: dg.RunStatusSensorContext, lines: list[str]) -> dg.SkipReason | None:
    for line in lines:
        context.log.warning(line)
    return dg.SkipReason("; ".join(lines)) if lines else None


SENSORS = (
    bench_file_dropped,
    heartbeat_of_a_begun_refresh,
    alert_of_a_missing_source,
    alert_of_a_failed_run,
    alert_of_silence,
)
