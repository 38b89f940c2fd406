"""One whole refresh at full size: what everything after the last page takes when there is a year of history.

    python -m tests.performance.whole --home /big/folder                        # 3,200,000 models, 52 weeks: an hour, 10 GB of disk
    python -m tests.performance.whole --home /small/folder --models 20000 --weeks 4   # to see that it runs

The world is the sandbox's, as large in its last week as `--models` says. Its last three weeks are refreshed in earnest: by
the weekly refresh, in a process of its own, over loopback HTTP without a quota, every other source included. After the
first of them the weeks before are put beneath it (`tests.performance.past_weeks`); the second finds and publishes them; the first
and the third tell what a refresh takes without a history and with one. `after the last page` is the time from the end of
the walk to the end of the run; the seconds of a step are those of Dagster's event log, its CPU seconds and memory are
sampled. The questions are those of `meta.guide` and some more, on a fresh read-only connection with DuckDB's own settings:
the median of five after a first.

A home that holds weeks already is continued, if it was begun with the same sizes.
"""

import argparse
import bisect
import json
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.hub.walk import complete_walks
from assets.resources import Clock
from assets.settings import Settings
from pipelines.commands.demo import KEYS
from pipelines.dagster_storage import write_instance_config
from pipelines.refresh import refresh
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.server import Sandbox
from tests.performance import past_weeks
from warehouse.release.publish import DATABASE

QUOTA = 10_000_000
PORT = 8655
# Of the world, counting from 0.
LAST_WEEK = 51
SAMPLED_EVERY_S = 0.05
# A forked child would wait for ever on the threads of polars that its parent had.
_SPAWNED = multiprocessing.get_context("spawn")
RUNS = 5
GOAL_MS = 100

# What analysts ask beside the questions of the guide, of the newest week and of one model; as the descriptions of the tables
# advise, a week is named and not looked up in the same query.
QUESTIONS = {
    "downloads by week": "select period_start, downloads from charts.hub_downloads where series = 'hub_downloads_30d'",
    "the 20 models with most downloads": "select id, downloads_30d from growth.leading_model order by position limit 20",
    "the 100 models that grew most in 1 week": "from growth.top_models('1 week', 100)",
    "the 100 models that grew most in 4 weeks": "from growth.top_models('4 weeks', 100)",
    "the 100 models that grew most in 13 weeks": "from growth.top_models('13 weeks', 100)",
    "a model by its name": "from core.model where id = '{id}'",
    "the history of a model": "select week, downloads_30d, likes from core.model_week where hub_id = '{hub_id}' order by week",
    "what became of a model": "select week, event, before, after from core.model_event where hub_id = '{hub_id}'",
    "the ancestors of a model": "select ancestor, depth from core.model_ancestor where hub_id = '{hub_id}' order by depth",
    "what was made of a model": "select child, relation from core.model_edge where parent = '{hub_id}' and is_standing",
    "the models of an author": "select id, licence, first_seen from core.model where author = '{author}' and removed_in is null",
    "the history of an author": """
        select week, models, downloads_30d from core.author_week join core.author using (author_key)
        where author = '{author}' order by week
    """,
    "the 100 authors that gained most in 4 weeks": """
        select now.author, now.downloads_30d - before.downloads_30d as gained
        from (select author_key, author, downloads_30d from core.author_week join core.author using (author_key)
              where week = '{week}') as now
        join (select author_key, downloads_30d from core.author_week where week = date '{week}' - 28) as before using (author_key)
        order by gained desc limit 100
    """,
    "the derivatives of each family": """
        select family, derivatives, growth_pct from charts.model_derivatives
        where basis = 'measured' and period_start = '{week}' order by derivatives desc
    """,
    "the growth of a family": "select week, downloads_30d, change_pct_4_weeks from growth.family where family = 'llama'",
    "the best of a family": "select id, downloads_30d from core.family('llama') limit 20",
}  # fmt: skip


@dataclass
class Sampler(threading.Thread):
    """Notes CPU seconds and memory of this process, many times a second."""

    at: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    memory: list[int] = field(default_factory=list[int])
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Sample until ended."""
        memory = Path("/proc/self/statm")
        while not self.ended.wait(SAMPLED_EVERY_S):
            self.at.append(time.time())
            self.cpu.append(time.process_time())
            self.memory.append(int(memory.read_text(encoding="ascii").split()[1]) * resource.getpagesize())

    def between(self, begun: float, ended: float) -> dict[str, float]:
        """Return what was used between two moments."""
        first, last = bisect.bisect_left(self.at, begun), bisect.bisect_right(self.at, ended)
        before = max(first - 1, 0)
        return {
            "seconds": ended - begun,
            "cpu_seconds": self.cpu[min(last, len(self.cpu) - 1)] - self.cpu[before],
            "peak_gb": max(self.memory[before : last + 1]) / 1e9,
        }


def measured_refresh(now: str) -> dict[str, Any]:
    """Be the refresh of a week; give what it took."""
    sampler = Sampler()
    sampler.start()
    begun = time.time()
    home = Settings().home
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    write_instance_config(folder)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        outcome = refresh(instance, Clock(simulated_now=now))
        ended = time.time()
        sampler.ended.set()
        sampler.join()
        (run,) = instance.get_runs(limit=1)
        steps = {
            step.step_key: {**sampler.between(step.start_time, step.end_time), "began": step.start_time - begun}
            for step in instance.get_run_step_stats(run.run_id)
            if step.start_time and step.end_time
        }
    walk = complete_walks(Settings().working / "landing" / "hub", os.environ["TIDEGAUGE_HUB_URL"])[-1]
    finished = walk.finished_at.timestamp()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "exit_code": outcome.exit_code.name,
        "failures": outcome.failures,
        "models": walk.rows,
        "walk_seconds": (walk.finished_at - walk.began_at).total_seconds(),
        "after_the_last_page": sampler.between(finished, ended),
        "whole": {"seconds": ended - begun, "cpu_seconds": used.ru_utime + used.ru_stime},
        "peak_gb": used.ru_maxrss * 1024 / 1e9,
        "working_gb": Settings().database.stat().st_size / 1e9,
        "published_gb": _size(home / "published") / 1e9,
        "database_gb": (home / "published" / DATABASE).stat().st_size / 1e9,
        "steps": dict(sorted(steps.items(), key=lambda step: step[1]["began"])),
    }


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def everyday(published: Path) -> dict[str, float]:
    """Return the milliseconds of each question on the published file."""
    with duckdb.connect(str(published / DATABASE), read_only=True) as connection:
        guide = connection.execute("select question, example from meta.guide order by number").fetchall()
        names = ("id", "hub_id", "author", "week")
        meant = connection.execute(
            f"select {', '.join(names)} from growth.leading_model order by position limit 1 offset 1000"
        ).fetchall()[0]
        asked = {
            question: query.format(**dict(zip(names, meant, strict=True))) for question, query in QUESTIONS.items()
        }
        took: dict[str, float] = {}
        for question, query in [*guide, *asked.items()]:
            times: list[float] = []
            # A macro refuses a period that reaches back behind the first week.
            with suppress(duckdb.InvalidInputException):
                for _ in range(RUNS + 1):
                    begun = time.perf_counter()
                    connection.execute(query).fetchall()
                    times.append(time.perf_counter() - begun)
                took[question] = 1000 * statistics.median(times[1:])
    return took


def _serve(models: int, address: "multiprocessing.Queue[dict[str, str]]") -> None:
    with Sandbox(world=World(models=models), quota=QUOTA, port=PORT) as sandbox:
        address.put(sandbox.addresses)
        time.sleep(10 * 86_400)


def _put_beneath(home: Path, models: int, newest: int, weeks: int) -> None:
    past_weeks.put_beneath(home / "working" / DATABASE, World(models=models), newest, weeks)


def _weeks_there(home: Path) -> int:
    database = home / "working" / "tidegauge.duckdb"
    if not database.exists():
        return 0
    with duckdb.connect(str(database), read_only=True) as connection:
        return int(connection.execute("select count(distinct week) from core.hub_week").fetchall()[0][0])


def _refreshed(home: Path, addresses: dict[str, str], week: int) -> dict[str, Any]:
    """Run the refresh of a week in a process of its own."""
    import requests

    requests.post(
        f"{addresses['TIDEGAUGE_HUB_URL']}/_sandbox/week", json={"week": week}, timeout=600
    ).raise_for_status()
    now = requests.get(f"{addresses['TIDEGAUGE_HUB_URL']}/_sandbox", timeout=600).json()["now"]
    environment = {**os.environ, "TIDEGAUGE_HOME": str(home), "TIDEGAUGE_SWITCHED_OFF": "", **addresses, **KEYS}
    command = [sys.executable, "-m", "tests.performance.whole", "--refresh", now]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    return dict(json.loads(output.splitlines()[-1]))


def run(home: Path, size: int, weeks: int) -> dict[str, Any]:
    """Refresh the last three weeks, and put the others beneath the first of these; give what the first and the last took."""
    models = starting_stock(size)
    address: multiprocessing.Queue[dict[str, str]] = _SPAWNED.Queue()
    server = _SPAWNED.Process(target=_serve, args=(models, address), daemon=True)
    server.start()
    addresses = address.get()
    runs: dict[str, Any] = {}
    try:
        for number in range(LAST_WEEK - 2, LAST_WEEK + 1):
            if _weeks_there(home) > max(weeks - 1 - LAST_WEEK + number, 0):
                continue
            found = _refreshed(home, addresses, number)
            print(f"week {number}: {found['exit_code']} {found['failures']}", flush=True)
            there = _weeks_there(home)
            runs[str(there)] = found | {"questions_ms": everyday(home / "published"), "rows": _rows(home)}
            show(there, runs[str(there)])
            if number == LAST_WEEK - 2:
                past = _SPAWNED.Process(target=_put_beneath, args=(home, models, number, weeks - 3))
                past.start()
                past.join()
    finally:
        server.terminate()
    return runs


def starting_stock(size: int) -> int:
    """Return the models with which a world must start to have `size` in its last week."""
    small = 100_000
    return round(size * small / World(models=small).state(LAST_WEEK).frame.height)


def _rows(home: Path) -> int:
    with duckdb.connect(str(home / "published" / DATABASE), read_only=True) as connection:
        return int(connection.execute("select count(*) from base.model_week").fetchall()[0][0])


def show(week: int, found: dict[str, Any]) -> None:
    """Print a measured week as tables."""
    print(f"\nweek {week}: {found['models']:,} models, {found['rows']:,} readings in all")
    print(f"{'':<44}{'seconds':>9}{'CPU s':>8}{'peak GB':>9}")
    for name, step in [("after the last page", found["after_the_last_page"]), *found["steps"].items()]:
        print(f"{name:<44}{step['seconds']:>9.1f}{step['cpu_seconds']:>8.1f}{step['peak_gb']:>9.2f}")
    print(
        f"working {found['working_gb']:.2f} GB, published {found['published_gb']:.2f} GB, peak {found['peak_gb']:.2f} GB"
    )
    for question, milliseconds in found["questions_ms"].items():
        print(f"{'!' if milliseconds > GOAL_MS else ' '} {milliseconds:>8.1f} ms  {question}")
    sys.stdout.flush()


def main() -> None:
    """Measure, print tables, and write the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="folder that holds the warehouse, kept and continued")
    parser.add_argument("--models", type=int, default=3_200_000, help="in the last week")
    parser.add_argument("--weeks", type=int, default=LAST_WEEK + 1, help="of history, with the measured one: 3 to 52")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--ask", action="store_true", help="only ask the questions of the release that is there")
    parser.add_argument("--refresh", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.refresh:
        print(json.dumps(measured_refresh(arguments.refresh)))
        return
    if arguments.ask:
        for question, milliseconds in everyday(arguments.home / "published").items():
            print(f"{'!' if milliseconds > GOAL_MS else ' '} {milliseconds:>8.1f} ms  {question}")
        return
    runs = run(arguments.home.absolute(), arguments.models, arguments.weeks)
    arguments.results.mkdir(parents=True, exist_ok=True)
    file = arguments.results / f"whole-{arguments.models}-{arguments.weeks}.json"
    machine = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "memory_gb": os.sysconf("SC_PHYS_PAGES") * resource.getpagesize() / 1e9,
    }
    when = datetime.now(UTC).isoformat(timespec="seconds")
    file.write_text(json.dumps({"when": when, "machine": machine, "weeks": runs}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
