"""Readers with the release open while others are swapped in, and several who want the warehouse at once.

`python -m tests.stress.readers --seed 1 --swaps 50`. Nobody may see an error, a mix of two releases, or a release older
than one seen before; of two refreshes one wins, and the other says so and ends.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assets.observations import COLLECTED
from pipelines.commands.demo import KEYS
from pipelines.dagster_storage import write_instance_config
from pipelines.refresh import ExitCode
from pipelines.sandbox.server import Sandbox
from tests.stress.launch import Point, Refresh, start
from tests.stress.whole import fault_of, newest_version
from warehouse.database import schema
from warehouse.database.connection import File, writing
from warehouse.release.publish import DATABASE, publish

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
READERS = 8
PATIENCE_SECONDS = 240
PROMPTNESS_SECONDS = 60
# Two tables that are written together, and the number of the release: three figures that agree in a whole release.
FIGURES = (
    "(select count(*) from {0}core.model), (select count(*) from {0}base.model_week), "
    "(select max(version) from {0}meta.release)"
)
_PYTHON = """
import duckdb, sys, pathlib, time
how, file, stop, figures = sys.argv[1:]
kept = duckdb.connect(file, read_only=True) if how == "one connection" else None
while True:
    last = pathlib.Path(stop).exists()
    if how == "one connection":
        found = kept.execute("select " + figures.replace("{0}", "")).fetchone()
    elif how == "attach":
        with duckdb.connect() as connection:
            connection.execute(f"attach '{file}' as release (read_only)")
            found = connection.execute("select " + figures.replace("{0}", "release.")).fetchone()
    else:
        with duckdb.connect(file, read_only=True) as connection:
            found = connection.execute("select " + figures.replace("{0}", "")).fetchone()
    print(*found, flush=True)
    if last:
        break
    time.sleep(0.03)
"""
_CLI = """
while true; do
    last=no; [ -e "$2" ] && last=yes
    "$0" -readonly -noheader -list -separator ' ' "$1" "$3" || exit 1
    [ $last = yes ] && break
    sleep 0.03
done
"""


@dataclass(frozen=True)
class Seen:
    """Result of one part of the campaign."""

    what: str
    times: int
    fault: str | None = None
    seconds: float = 0.0


def swaps(number: int, readers: int, chance: random.Random, place: Path) -> list[Seen]:
    """Swap in so many releases while readers of four kinds read."""
    database, published, stop = place / "working" / DATABASE, place / "published", place / "stop"
    with writing(database) as connection:
        schema.prepare(connection, NOW)
        _grow(connection, 1)
    publish(File(database), published, NOW)
    hows = ("open and close", "attach", "one connection", "command line")
    reading = [_reader(hows[n % len(hows)], published / DATABASE, stop) for n in range(readers)]
    try:
        for generation in range(2, number + 2):
            with writing(database) as connection:
                _grow(connection, generation)
            publish(File(database), published, NOW)
            time.sleep(chance.uniform(0, 0.05))
    finally:
        stop.touch()
        said = [(how, *process.communicate(timeout=PATIENCE_SECONDS), process.returncode) for how, process in reading]
    return [_judge(how, output, errors, code) for how, output, errors, code in said]


def _reader(how: str, database: Path, stop: Path) -> tuple[str, subprocess.Popen[str]]:
    cli = str(Path(sys.executable).parent / "duckdb")
    if how == "command line":
        command = ["bash", "-c", _CLI, cli, str(database), str(stop), "select " + FIGURES.replace("{0}", "")]
    else:
        command = [sys.executable, "-c", _PYTHON, how, str(database), str(stop), FIGURES]
    return how, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _judge(how: str, output: str, errors: str, code: int) -> Seen:
    """Return what is wrong with what a reader saw."""
    lines = output.splitlines()
    seen = [tuple(map(int, line.split())) for line in lines]
    versions = [version for _, _, version in seen]
    mixed = [figures for figures in seen if len(set(figures)) != 1]
    fault = None
    if code or errors:
        fault = f"exit code {code}: {errors.strip()[-300:]}"
    elif mixed:
        fault = f"a mix of releases: {mixed[0]}"
    elif versions != sorted(versions):
        fault = "an older release after a newer one"
    elif how == "one connection" and len(set(versions)) != 1:
        fault = "its release changed under it"
    elif not seen:
        fault = "it read nothing"
    return Seen(f"reader: {how}, {len(set(versions))} releases", len(seen), fault)


def _grow(connection: duckdb.DuckDBPyConnection, generation: int) -> None:
    """Let both tables have as many rows as the release that is to come has as its number."""
    connection.execute(
        """
        insert into core.model by name
        select ? as model_key, printf('%024x', model_key) as hub_id, 'a/' || model_key as id,
               timestamptz '2024-01-01' as created_at, date '2026-11-16' as name_since,
               date '2026-11-16' as first_seen, date '2026-11-16' as last_seen
        """,
        [generation],
    )
    connection.execute("insert into base.model_week select '2026-11-16', $1, $1, $1, $1", [generation])


def contenders(seed: int, place: Path) -> list[Seen]:
    """Let several want the warehouse at once: locks of the dead, a second refresh, a suspended one, a run of the UI."""
    home = place / "home"
    seen: list[Seen] = []
    _leave_locks(home)
    with Sandbox(models=200, seed=seed, quota=1_000_000) as world:
        off = ",".join(key.path[-1] for key in COLLECTED)
        (home / "dagster").mkdir(parents=True)
        write_instance_config(home / "dagster")
        environment = {**KEYS, **world.addresses, "TIDEGAUGE_SWITCHED_OFF": off, "DAGSTER_DISABLE_TELEMETRY": "1"}
        environment |= {"TIDEGAUGE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
        environment["TIDEGAUGE_ALERT_URL"] = "http://127.0.0.1:9/nobody"
        moment = world.world.now(0).isoformat()

        def begin(name: str, point: Point | None = None, job: str = "") -> Refresh:
            return start(home, environment, moment, place / f"{name}.log", point, job)

        first = begin("first", Point("load", 1))
        fault = None if first.reached(PATIENCE_SECONDS) else f"it did not get that far: {first.said[-500:]}"
        seen.append(Seen("stale locks of the dead", 4, fault))
        seen.append(_is_refused("a second refresh", begin("second")))
        os.killpg(first.process.pid or 0, signal.SIGSTOP)
        seen.append(_is_refused("a refresh beside a suspended one", begin("third")))
        os.killpg(first.process.pid or 0, signal.SIGCONT)
        beside = begin("beside", job="publication_refresh")
        waits = beside.wait(3) is None
        first.go_on()
        codes = [first.wait(PATIENCE_SECONDS), beside.wait(PATIENCE_SECONDS)]
        fault = fault_of(home / "published", settled=True)
        if codes != [ExitCode.WELL, ExitCode.WELL]:
            fault = f"exit codes {codes}: {first.said[-300:]} {beside.said[-300:]}"
        elif not waits:
            fault = "a run of the UI did not wait for the refresh"
        elif newest_version(home / "published") != 2:
            fault = f"release {newest_version(home / 'published')}, and both were to publish one"
        seen.append(Seen("a run beside a refresh", 1, fault))
    return seen


def _leave_locks(home: Path) -> None:
    """Leave what a dead process leaves behind: its locks, with its number in them."""
    working = home / "working"
    (working / "landing" / "hub").mkdir(parents=True)
    for name in ("run.lock", f"{DATABASE}.lock", f"{DATABASE}.publication.lock", "landing/hub/walk.lock"):
        (working / name).write_text(f"{2**22 + 1}\n")


def _is_refused(what: str, refresh: Refresh) -> Seen:
    begun = time.monotonic()
    code = refresh.wait(PROMPTNESS_SECONDS)
    seconds = time.monotonic() - begun
    if code is None:
        refresh.process.kill()
        return Seen(what, 1, f"it did not end within {PROMPTNESS_SECONDS} s", seconds)
    said = refresh.said
    is_plain = "another run is at work" in said and "Traceback" not in said
    fault = None if code == ExitCode.NOTHING_PUBLISHED and is_plain else f"exit code {code}: {said[-500:]}"
    return Seen(what, 1, fault, seconds)


def run(seed: int, number: int, readers: int = READERS) -> list[Seen]:
    """Run the campaign, the readers and those who contend for the warehouse; print what came of each."""
    chance = random.Random(seed)
    parts: tuple[Callable[[Path], list[Seen]], ...] = (
        lambda place: swaps(number, readers, chance, place),
        lambda place: contenders(seed, place),
    )
    seen: list[Seen] = []
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="readers-") as place:
            for one in part(Path(place)):
                seconds = f"{one.seconds:.1f} s" if one.seconds else ""
                print(f"{one.what:<45}{one.times:>8,} times{seconds:>10}  {one.fault or 'well'}", flush=True)
                seen.append(one)
    return seen


def main() -> int:
    """Run the campaign that the command line describes, and print its verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--swaps", type=int, default=50)
    arguments = parser.parse_args()
    seen = run(arguments.seed, arguments.swaps)
    faults = [one for one in seen if one.fault]
    verdict = "FAULTS" if faults else "nobody saw a thing, nothing was lost"
    print(f"{verdict}: {arguments.swaps} swaps, {READERS} readers, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
