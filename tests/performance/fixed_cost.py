"""The cost of a small refresh beside its bare job: the same tables made by a plain script without Dagster.

    python -m tests.performance.fixed_cost                          # 5,000 models, the thirteenth week: some minutes
    python -m tests.performance.fixed_cost --models 500 --weeks 2   # to see that it runs

A warehouse of `--weeks` weeks is made once by the weekly refresh. From copies of it, the next week is refreshed by the job
`weekly_refresh`, and by `bare_job`, which calls the same functions one after the other: in turn, each in a process of its
own that has imported everything before the clock starts, against a sandbox in another process. The tables of both must have
the same checksums, except those that name runs and moments.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.declared_sources import COLLECTED, SOURCE_ROWS
from assets.http.hub_service import hub_service
from assets.hub.assets import load_walk
from assets.hub.walk import walk_models
from assets.landing.responses import ResponseStore
from assets.resources import Clock, Warehouse
from assets.source import SourceContext
from assets.source_asset import load_result
from assets.weeks import monday
from pipelines.commands.demo import KEYS
from pipelines.dagster_storage import write_instance_config
from pipelines.refresh import refresh
from pipelines.sandbox.server import Sandbox
from warehouse.facts.collections import Collection, record_collection
from warehouse.hub import closure, families, lineage_totals, makers
from warehouse.pages.page import build_page
from warehouse.release.alerts import keep_new
from warehouse.release.atom_feed import build_feed
from warehouse.release.publish import DATABASE
from warehouse.release.rebuild import derive_all
from warehouse.seeds import entities, published_figures, survey_answers

RESULT = Path(__file__).parent / "results" / "fixed-cost.json"
RUNS = 3
# It records the attempts of runs, and a plain script makes none.
OF_RUNS = {"meta.collection"}


def refresh_by_dagster(home: Path, now: datetime) -> None:
    """Run the weekly refresh as `tidegauge refresh` does."""
    folder = home / "dagster"
    folder.mkdir(exist_ok=True)
    write_instance_config(folder)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        outcome = refresh(instance, Clock(simulated_now=now.isoformat()))
    if outcome.exit_code:
        raise RuntimeError(f"the refresh failed: {outcome.failures}")


def bare_job(home: Path, now: datetime) -> None:
    """Walk, collect, derive and publish with the functions that the assets call, without Dagster and without pictures."""
    with Warehouse().yield_for_execution(dg.build_init_resource_context()) as warehouse:
        settings = warehouse.settings
        with warehouse.writing() as connection:
            published_figures.load(connection, published_figures.CURATED, now, SOURCE_ROWS)
            entities.load(connection)
            survey_answers.load(connection, now)
        walk = walk_models(hub_service(settings.hub_endpoint, settings.token), warehouse.landing / "hub", now)
        load_walk(warehouse, walk, now)
        for source, declared in COLLECTED.items():
            answers = ResponseStore(warehouse.landing, source, monday(now))
            context = SourceContext(answers, settings, now, monday(now))
            load_result(warehouse, context, declared.collect(context))
            answers.accept()
            attempt = Collection(
                run_id="bare job", source=context.source, week=monday(now), started_at=now, finished_at=now
            )
            with warehouse.writing() as connection:
                record_collection(connection, attempt)
        with warehouse.writing() as connection:
            families.load(connection, published_figures.CURATED)
            closure.close(connection)
            closure.compare_with_edges(connection)
            families.count_week(connection, monday(now))
            makers.count_week(connection, monday(now))
            lineage_totals.sum_up_week(connection, monday(now))
            derive_all(connection)
            keep_new(connection, now)
        warehouse.publish(now, _pages)


def _pages(database: Path, folder: Path) -> None:
    build_page(database, folder)
    build_feed(database, folder)


CONTENDERS: dict[str, Callable[[Path, datetime], None]] = {"Dagster": refresh_by_dagster, "plain script": bare_job}


def measured(name: str, home: Path, now: datetime) -> dict[str, float]:
    """Return the seconds and CPU seconds of one contender, in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    CONTENDERS[name](home, now)
    return {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def checksums(home: Path) -> dict[str, str]:
    """Return the checksum of each table of the newest release."""
    with duckdb.connect(str(home / "published" / DATABASE), read_only=True) as connection:
        newest = "select checksums from meta.release order by version desc limit 1"
        found: dict[str, str] = connection.execute(newest).fetchall()[0][0]
    return found


def _serve(models: int, week: int, told: "multiprocessing.Queue[tuple[dict[str, str], list[str]]]") -> None:
    with Sandbox(models=models) as sandbox:
        sandbox.week = week
        told.put((sandbox.addresses, [sandbox.world.now(one).astimezone(UTC).isoformat() for one in range(week + 1)]))
        time.sleep(86_400)


def _run_alone(name: str, home: Path, now: str, addresses: dict[str, str]) -> dict[str, float]:
    environment = {**os.environ, "TIDEGAUGE_HOME": str(home), "TIDEGAUGE_SWITCHED_OFF": "", **addresses, **KEYS}
    command = [sys.executable, "-m", "tests.performance.fixed_cost", "--run", name, str(home), now]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    return dict(json.loads(output.splitlines()[-1]))


def run(models: int, weeks: int, runs: int, made: Path | None = None) -> dict[str, Any]:
    """Measure both; return the median of each figure, and the tables that differ. `made` is a home with these weeks."""
    from pipelines.commands.demo import demonstrate

    spawned = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[tuple[dict[str, str], list[str]]] = spawned.Queue()
    server = spawned.Process(target=_serve, args=(models, weeks, told), daemon=True)
    server.start()
    addresses, moments = told.get()
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    sums: dict[str, dict[str, str]] = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            start = made or Path(folder) / "start"
            if made is None:
                demonstrate(weeks, models, home=start)
            for _ in range(runs):
                for name in CONTENDERS:
                    home = Path(folder) / "home"
                    shutil.copytree(start, home)
                    taken[name].append(_run_alone(name, home, moments[weeks], addresses))
                    sums[name] = checksums(home)
                    shutil.rmtree(home)
    finally:
        server.terminate()
    first, second = sums.values()
    return {
        "models": models,
        "weeks": weeks + 1,
        "runs": runs,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "contenders": {
            name: {figure: statistics.median(one[figure] for one in found) for figure in found[0]}
            for name, found in taken.items()
        },
        "tables": len(first),
        "tables_that_differ": sorted(name for name in first if first[name] != second[name] and name not in OF_RUNS),
    }


def main() -> None:
    """Measure, print, and write the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=5_000)
    parser.add_argument("--weeks", type=int, default=12, help="of history, before the one that is measured")
    parser.add_argument("--home", type=Path, help="of a demonstration of these weeks; by default, one is made")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--results", type=Path, default=RESULT)
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        name, home, now = arguments.run
        print(json.dumps(measured(name, Path(home), datetime.fromisoformat(now))))
        return
    found = run(arguments.models, arguments.weeks, arguments.runs, arguments.home)
    arguments.results.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
