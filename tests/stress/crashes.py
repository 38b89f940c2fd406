"""Refreshes that are killed, starved and cut from power at random points, and what is left of the warehouse afterwards.

`python -m tests.stress.crashes --seed 1 --crashes 200`. Each week of the sandbox's world is refreshed twice: once
undisturbed, and once with several crashes before the run that may end. After each crash the published release must be
whole; in the end of a week, and after one more power cut, the rows must be those of the undisturbed run.
"""

import argparse
import math
import os
import random
import resource
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from assets.observations import COLLECTED
from pipelines.commands.demo import KEYS
from pipelines.dagster_storage import write_instance_config
from pipelines.refresh import ExitCode
from pipelines.sandbox.server import Sandbox
from tests.stress.disk import Disk, NoDiskError, small_disk
from tests.stress.launch import PHASES, Point, Refresh, start
from tests.stress.whole import Rows, differences, fault_of, newest_version, rows_of

MODELS = 1100
# They stand for the others: figures of a service, and versions of rows.
SOURCES = frozenset({"discord", "docker_hub", "epoch_funding"})
PATIENCE_SECONDS = 240
PER_WEEK = 40
# The parts of the refresh, jobs of their own, in which a phase comes about; for the walk it is the refresh itself.
PARTS = {
    "walk": ("",),
    "load": ("hub_refresh",),
    "derive": ("growth_refresh", "charts_refresh"),
    "publish": ("publication_refresh",),
    "swap": ("publication_refresh",),
}
SHARE_OF_PARTS = 0.8
KILLED, FULL, READ_ONLY, NO_MEMORY, POWER_CUT, DEAD_DISK = KINDS = (
    "killed",
    "disk full",
    "read-only",
    "no memory",
    "power cut",
    "dead disk",
)
NEED_A_DISK = (FULL, READ_ONLY, POWER_CUT, DEAD_DISK)


@dataclass
class Tally:
    """Results of the crashes of one kind in one phase."""

    crashes: int = 0
    faults: int = 0
    recovery: float = 0.0


@dataclass
class Campaign:
    """A campaign under way: the warehouse that is disturbed, its undisturbed twin, and what has come of it."""

    chance: random.Random
    disk: Disk | None
    place: Path
    environment: dict[str, str]
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict[tuple[str, str], Tally])
    faults: list[str] = field(default_factory=list[str])
    crashes: int = 0
    ends_at: float = math.inf

    @property
    def is_late(self) -> bool:
        """Whether the time is up: the week is finished, and no other is started."""
        return time.monotonic() > self.ends_at

    @property
    def home(self) -> Path:
        """The warehouse that is disturbed."""
        return (self.disk.folder if self.disk else self.place) / "home"

    def run(self, home: Path, moment: str, point: Point | None = None, job: str = "") -> Refresh:
        """Start a refresh, or another job, of a warehouse."""
        dagster = home / "dagster"
        dagster.mkdir(parents=True, exist_ok=True)
        if not (dagster / "dagster.yaml").exists():
            write_instance_config(dagster)
        homes = {"TIDEGAUGE_HOME": str(home), "DAGSTER_HOME": str(dagster)}
        return start(home, self.environment | homes, moment, self.place / f"{home.name}.log", point, job)

    def note(self, kind: str, phase: str, fault: str | None) -> Tally:
        """Count a crash, and what was wrong after it."""
        tally = self.tallies.setdefault((kind, phase), Tally())
        tally.crashes += 1
        if fault:
            tally.faults += 1
            self.faults.append(f"crash {self.crashes}, {kind} in {phase}: {fault}")
            print(self.faults[-1], flush=True)
        return tally

    def week(self, moment: str, crashes: int) -> None:
        """Refresh a week undisturbed, and once more with crashes."""
        twin = self.place / "twin"
        undisturbed = self.run(twin, moment)
        if undisturbed.wait(PATIENCE_SECONDS) != ExitCode.WELL:
            raise RuntimeError(f"the undisturbed refresh failed: {undisturbed.said}")
        tally = None
        while crashes and not self.is_late:
            crashed = self.crash(moment, undisturbed)
            if crashed is not None:
                tally = crashed
                crashes -= 1
        begun = time.monotonic()
        last = self.run(self.home, moment)
        code = last.wait(PATIENCE_SECONDS)
        seconds = time.monotonic() - begun
        if tally:
            tally.recovery = max(tally.recovery, seconds)
        if code != ExitCode.WELL:
            self.note("the next run", "end", f"exit code {code}: {last.said[-1500:]}")
            kill(last)
            return
        if self.disk:
            self.disk.die()
            self.disk.restart()
        for fault in (fault_of(self.home / "published", settled=True), *differences(self.rows(), rows_of(twin))):
            if fault:
                self.note("the next run", "end", fault)

    def rows(self) -> Rows:
        """Return the rows of the warehouse that was disturbed."""
        return rows_of(self.home)

    def crash(self, moment: str, undisturbed: Refresh) -> Tally | None:
        """Let one refresh crash; None if it ended before the chosen point was reached."""
        possible = [kind for kind in KINDS if self.disk or kind not in NEED_A_DISK]
        kind = self.chance.choice(possible)
        wanted = self.chance.choice(PHASES)
        point = Point(wanted, self.chance.randint(1, max(undisturbed.counts[wanted], 1)))
        before = newest_version(self.home / "published")
        # Early points are cheap to reach; to late ones a part of the refresh leads at a tenth of the cost of the whole.
        parts = PARTS[wanted] if before and self.chance.random() < SHARE_OF_PARTS else ("",)
        job = self.chance.choice(parts)
        delay = self.chance.choice([None, self.chance.uniform(0, 0.5)])
        run = self.run(self.home, moment, point, job)
        phase = run.reached(PATIENCE_SECONDS)
        if phase is None:
            code = run.wait(PATIENCE_SECONDS)
            if code is None or code not in (ExitCode.WELL, None):
                self.note("undisturbed", wanted, f"exit code {code}: {run.said[-1500:]}")
                kill(run)
            return None
        self.crashes += 1
        if delay is not None:
            run.go_on()
            time.sleep(delay)
        fault = self.disturb(kind, run, waits=delay is None)
        if not job and kind in (FULL, READ_ONLY, DEAD_DISK):
            fault = fault or fault_of_words(run)
        print(
            f"{self.crashes}: {kind} in {phase}, {job or 'refresh'}, {'there' if delay is None else f'{delay:.2f} s later'}",
            flush=True,
        )
        fault = fault or fault_of(self.home / "published") or self.lost(before)
        return self.note(kind, phase, fault)

    def disturb(self, kind: str, run: Refresh, *, waits: bool) -> str | None:
        """Do to a refresh what the kind says, and wait for its end; give what was wrong with it."""
        chance, disk = self.chance, self.disk
        if kind == KILLED:
            kill(run)
            return None
        if kind == POWER_CUT and disk:
            kill(run)
            disk.die()
            disk.restart()
            return None
        if kind == NO_MEMORY:
            starve(run, chance.randint(0, 60_000_000))
        elif kind == FULL and disk:
            disk.fill(chance.choice([0, chance.randint(0, 300_000)]))
        elif kind == READ_ONLY and disk:
            folders = [self.home / name for name in ("", "published", "working", "working/landing", "dagster")]
            disk.make_read_only(chance.choice([folder for folder in folders if folder.is_dir()]))
        elif kind == DEAD_DISK and disk:
            disk.die()
        if waits:
            run.go_on()
        code = run.wait(PATIENCE_SECONDS)
        if code is None:
            kill(run)
        if disk and kind == DEAD_DISK:
            disk.restart()
        elif disk:
            disk.repair()
        if code is None:
            return f"it did not end within {PATIENCE_SECONDS} s: {run.said[-500:]}"
        return None

    def lost(self, version: int | None) -> str | None:
        """Return whether a release that was there is not there any more."""
        now = newest_version(self.home / "published")
        return f"release {version} was there, and now {now}" if version and (now or 0) < version else None


def fault_of_words(run: Refresh) -> str | None:
    """Return what is wrong with how a refresh without a disk ended: it must exit with 1 and a plain message."""
    code, said = run.wait(1), run.said
    if code in (ExitCode.WELL, ExitCode.SOURCE_MISSING):
        return None
    if code != ExitCode.NOTHING_PUBLISHED:
        return f"exit code {code}: {said[-500:]}"
    if "Traceback" in said:
        return f"a traceback: ...{said[-1500:]}"
    return None if "To do:" in said and "Kept:" in said else f"no plain message: {said[-500:]}"


def starve(run: Refresh, spare: int) -> None:
    """Leave a refresh `spare` bytes of memory more than it has."""
    try:
        pages = int(Path(f"/proc/{run.process.pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + spare
        resource.prlimit(run.process.pid or 0, resource.RLIMIT_AS, (limit, limit))
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return  # it has ended by itself


def kill(run: Refresh) -> None:
    """Kill a refresh with everything that it started."""
    try:
        os.killpg(run.process.pid or 0, signal.SIGKILL)
    except ProcessLookupError:
        run.process.kill()
    run.process.join()


def report(campaign: Campaign, seconds: float) -> int:
    """Print what came of a campaign; give the exit code."""
    print(f"\n{'kind':<14}{'phase':<10}{'crashes':>8}{'faults':>8}{'longest recovery':>18}")
    for (kind, phase), tally in sorted(campaign.tallies.items()):
        recovery = f"{tally.recovery:.1f} s" if tally.recovery else "-"
        print(f"{kind:<14}{phase:<10}{tally.crashes:>8}{tally.faults:>8}{recovery:>18}")
    if campaign.disk is None:
        print(f"not tried, for nothing may be mounted here: {', '.join(NEED_A_DISK)}")
    verdict = "nothing was lost" if not campaign.faults else "FAULTS"
    print(f"{verdict}: {campaign.crashes} crashes, {len(campaign.faults)} faults, {seconds:.0f} s")
    return 1 if campaign.faults else 0


def run(
    seed: int, crashes: int, *, per_week: int = PER_WEEK, minutes: float = math.inf, sources: frozenset[str] = SOURCES
) -> Campaign:
    """Run a campaign of so many crashes, or of as many as come about in so many minutes."""
    ends_at = time.monotonic() + 60 * minutes
    chance = random.Random(seed)
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crashes-")))
        try:
            disk = stack.enter_context(small_disk())
        except NoDiskError as error:
            print(f"no disk of its own: {error}")
            disk = None
        world = stack.enter_context(Sandbox(models=MODELS, seed=seed, quota=1_000_000))
        off = ",".join(key.path[-1] for key in COLLECTED if key.path[-1] not in sources)
        nobody = {"TIDEGAUGE_ALERT_URL": "http://127.0.0.1:9/nobody", "DAGSTER_DISABLE_TELEMETRY": "1"}
        environment = {**KEYS, **world.addresses, **nobody, "TIDEGAUGE_SWITCHED_OFF": off}
        campaign = Campaign(chance, disk, place, environment, ends_at=ends_at)
        week = 0
        while campaign.crashes < crashes and not campaign.is_late:
            world.week = week
            campaign.week(world.world.now(week).isoformat(), min(per_week, crashes - campaign.crashes))
            week += 1
        return campaign


def main() -> int:
    """Run the campaign that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--crashes", type=int, default=200)
    parser.add_argument("--per-week", type=int, default=PER_WEEK)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end the campaign after that time")
    arguments = parser.parse_args()
    begun = time.monotonic()
    campaign = run(arguments.seed, arguments.crashes, per_week=arguments.per_week, minutes=arguments.minutes)
    return report(campaign, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
