"""How well the walk uses the Hub's quota: its wall time beside the least that the quota allows, and the refusals.

    python -m tests.performance.pacing                              # 3,200,000 models at 500 calls in 300 s: 32 minutes, little CPU
    python -m tests.performance.pacing --models 50000 --window 15   # 25 calls in 15 s are too few to tell much; to see that it runs

The floor is calls x window / quota: at a steady pace of one call each window / quota seconds the quota is used up and
never exceeded, whenever the windows begin. Who bursts at each window's beginning and then waits can be ahead of that by
less than one window, once, at the end; the Hub is not asked in bursts.
"""

import argparse
import json
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from assets.http.hub_service import hub_service
from assets.hub.walk import walk_models
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.server import Sandbox

# The quota of a caller without a token.
QUOTA = 500
WINDOW_S = 300


def measure(models: int, quota: int, window: float) -> dict[str, float]:
    """Walk over a world under this quota; give calls, refusals, seconds and the floor."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(world=World(models=models, oddities=False), quota=quota, window=window) as sandbox,
    ):
        sandbox.world.state(0)
        begun = time.perf_counter()
        walk = walk_models(hub_service(sandbox.url, None), Path(folder), datetime.now(UTC))
        seconds = time.perf_counter() - begun
        calls = [seen for seen in sandbox.requests if seen.path == "/api/models"]
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "models": walk.rows,
        "quota": quota,
        "window_s": window,
        "calls": len(calls),
        "refused": sum(call.status == 429 for call in calls),
        "seconds": seconds,
        "floor_s": len(calls) * window / quota,
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=3_200_000)
    parser.add_argument("--quota", type=int, default=QUOTA, help="calls in a window")
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds of a window")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    arguments = parser.parse_args()
    run = measure(arguments.models, arguments.quota, arguments.window)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    print(f"{run['models']:,} models in {run['calls']:,} calls at {run['quota']:,} in {run['window_s']:g} s")
    print(f"{run['seconds']:,.1f} s, {run['seconds'] / run['floor_s']:.4f} of the floor of {run['floor_s']:,.1f} s")
    print(f"{run['refused']} calls refused")


if __name__ == "__main__":
    main()
