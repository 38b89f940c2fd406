"""Sensors: load the files that users drop into the inbox."""

import hashlib
import json

import dagster as dg

from assets.inference import inbox
from assets.inference.assets import BENCH_FILES
from assets.settings import Settings


@dg.sensor(
    target=dg.AssetSelection.assets(BENCH_FILES),
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
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
