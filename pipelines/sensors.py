"""What starts by itself: the release of the rest after a refresh in which only sources failed, and the reading of the inbox."""

import hashlib
import json

import dagster as dg

from assets.inference import inbox
from assets.inference.assets import BENCH_FILES
from assets.settings import Settings
from pipelines.jobs import SOURCES, release_of_the_rest, weekly_refresh

# Tags a refresh whose caller publishes the rest itself, without the daemon; the value is the caller's process.
RELEASES_ITSELF = "tidegauge/releases_itself"
_SOURCE_STEPS = {"__".join(key.path): key.to_user_string() for key in SOURCES}


def failed_sources(instance: dg.DagsterInstance, run_id: str) -> list[str] | None:
    """Give the sources that failed in a run; None if something else failed too, or the run broke off."""
    steps = {event.step_key for event in _failures(instance, run_id)}
    if not steps or not steps <= _SOURCE_STEPS.keys() or was_interrupted(instance, run_id):
        return None
    return sorted(_SOURCE_STEPS[step] for step in steps if step)


def was_interrupted(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Say whether a run ended because somebody stopped it."""
    errors = [event.step_failure_data.error for event in _failures(instance, run_id)]
    return any(error is not None and error.cls_name == "DagsterExecutionInterruptedError" for error in errors)


def _failures(instance: dg.DagsterInstance, run_id: str) -> list[dg.DagsterEvent]:
    records = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    return [record.dagster_event for record in records if record.dagster_event]


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.FAILURE,
    monitored_jobs=[weekly_refresh],
    request_job=release_of_the_rest,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def release_despite_failed_sources(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Publish the rest when nothing but sources failed in the weekly refresh."""
    if context.dagster_run.tags.get(RELEASES_ITSELF):
        return dg.SkipReason("this refresh was started in a terminal, which publishes the rest itself")
    sources = failed_sources(context.instance, context.dagster_run.run_id)
    if sources is None:
        return dg.SkipReason("more than a source failed: nothing is published, the last release stands")
    return dg.RunRequest(run_key=context.dagster_run.run_id, tags={"tidegauge/failed_sources": ", ".join(sources)})


@dg.sensor(
    target=dg.AssetSelection.assets(BENCH_FILES),
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def bench_file_dropped(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Read the inbox when a file is there that is whole: it has the size and time of change that it had the last time."""
    waiting = {name: list(state) for name, state in inbox.waiting(Settings().inbox).items()}
    seen: dict[str, list[int]] = json.loads(context.cursor or "{}")
    whole = {name: state for name, state in waiting.items() if seen.get(name) == state}
    if not whole:
        context.update_cursor(json.dumps(waiting))
        return dg.SkipReason("no new file in the inbox" if not waiting else "a file has just come: is it whole?")
    # One run for these files in this state: the same key is never run twice.
    key = hashlib.sha256(json.dumps(sorted(whole.items())).encode()).hexdigest()[:16]
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key)], cursor=json.dumps(waiting))
