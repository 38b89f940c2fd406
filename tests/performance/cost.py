"""The cost of a year of Tidegauge, computed from measured results, and its limits.

    python -m tests.performance.cost > docs/cost.md      # from the newest results that are kept with the code

Change `PRICES` to your own and run it again. A lake has its figures where the results have a step `lake`: the figures of the
step `history`, measured on a lake.
"""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.performance.report import number, table, whole_refreshes
from tests.performance.result_files import GROWTH, HISTORY, LAKE, LINEAGE, OURS, PROOF, WALK, Results, Run, load, newest
from warehouse.database.connection import MEMORY_LIMIT
from warehouse.hub.closure import MOST_PAIRS

WEEKS = 52
WEEK_S = 7 * 86_400
HOURS_OF_A_YEAR = 8_766
WINDOW_S = 300
# Models of the Hub: 3,117,871 were counted on 2026-10-03.
TODAY = 3_120_000
TIMES = (1, 10, 100)


@dataclass(frozen=True)
class Price:
    """A price, its source, and its date."""

    dollars: float
    unit: str
    source: str = "assumption, a round number; change it"
    date: str = "2026-11-22"


PRICES = {
    "machine": Price(0.10, "hour of 2 cores and 8 GB"),
    "disk": Price(0.10, "GB and month"),
    "object store": Price(0.025, "GB and month"),
    "PostgreSQL": Price(30.0, "month of the smallest that others manage"),
}
# Requests in a window of five minutes, by plan: huggingface.co/docs/hub/rate-limits, as read on 2026-08-22.
PLANS = {
    "anonymous": 500,
    "free token": 1_000,
    "PRO": 2_500,
    "Team": 3_000,
    "Enterprise": 6_000,
    "Enterprise Plus": 10_000,
}


@dataclass(frozen=True)
class Rates:
    """Resources for each model, or each model and week, at the largest size that was measured."""

    walk: Run
    growth: Run
    lineage: Run
    history: Run
    edges_bytes: float

    @property
    def walking_s(self) -> float:
        """Seconds of one core for each model to ask for its page, land it and check it."""
        return self._of_the_walk("HTTP", "landing")

    @property
    def deriving_s(self) -> float:
        """Seconds of one core for each model to read the stored pages, load its week, close the lineage, write its growth."""
        history_s = self.history.cpu_seconds / self.history.rows
        return (
            self._of_the_walk("parse")
            + history_s
            + sum(run.cpu_seconds / run.models for run in (self.lineage, self.growth))
        )

    def _of_the_walk(self, *parts: str) -> float:
        stages = self.walk.stages.items()
        return sum(usage.cpu_seconds for name, usage in stages if name.partition(":")[0] in parts) / self.walk.models

    @property
    def landed_bytes(self) -> float:
        """Bytes of stored pages for each model and week."""
        return self.walk.figures["landed_bytes"] / self.walk.models

    @property
    def requests(self) -> float:
        """Requests for each model and week."""
        return self.walk.figures["pages"] / self.walk.models

    @property
    def pairs(self) -> float:
        """Pairs of a model and an ancestor for each model."""
        return self.lineage.rows / self.lineage.models

    def kept_bytes(self, run: Run) -> float:
        """Bytes of the working tables for each model after a year, as `run` keeps the weeks: counters, models, lineage."""
        of_models = (run.figures["bytes"] - run.figures["bytes_beside"]) / run.models
        return WEEKS * run.figures["bytes_beside"] / run.rows + of_models + self.edges_bytes

    @property
    def parquet_bytes(self) -> float:
        """Bytes of the weeks in the Parquet files of a release, for each model after a year."""
        return WEEKS * self.history.figures["parquet_bytes"] / self.history.rows


def rates(results: Results) -> Rates:
    """Take the rates from the results.

    Raises:
        SystemExit: a step was not measured.
    """
    found = {step: results.largest(step) for step in (WALK, GROWTH, LINEAGE, HISTORY)}
    if missing := [step for step, run in found.items() if run is None]:
        raise SystemExit(f"these steps were not measured: {', '.join(missing)}")
    walked, grown, closed, kept = (run for run in found.values() if run is not None)
    # The proof is run after the closure was written, so that the database that it finds holds both.
    proof = results.largest(LINEAGE, PROOF)
    edges_bytes = proof.figures["database_bytes"] / proof.models if proof else math.nan
    return Rates(walked, grown, closed, kept, edges_bytes)


def page(results: Results) -> str:
    """Return the page."""
    found, lake = rates(results), results.largest(LAKE)
    return "".join(
        [
            *_introduction(results, found),
            *_prices(),
            *_a_year(found),
            *_walk(found),
            *_money(found, lake),
            *_stops(results, found, lake),
        ]
    )


def _introduction(results: Results, found: Rates) -> Iterator[str]:
    yield f"""\
# What a year costs, and where it stops

<!-- python -m tests.performance.cost > docs/cost.md -->

Computed from the [benchmarks](performance.md) of {results.machine.date} on {results.machine.cores} cores with \
{results.machine.memory_gb:g} GB; `python -m tests.performance.cost` computes it again from newer ones. Today's Hub is taken to \
have {TODAY:,} models, and a year to be {WEEKS} weeks with as many models in the last one as in the first.

**These are computations, not measurements.** Each takes what was measured at the largest size, for each model or each \
model and week, times the models. Nothing above {found.walk.models:,} models was walked, none above {found.lineage.models:,} had \
its lineage closed, and none above {found.history.models:,} had their weeks kept, in these results. The models are the sandbox's: \
the Hub's own pages may be larger. Seconds are CPU seconds, as one core takes that does nothing else: what others did on the \
machine is not in them, and neither is a wait for the disk. Sources other than the Hub, and the charts, do not \
grow with its models and are left out.

## What is measured for each model

"""
    of_models = found.history.figures["bytes"] - found.history.figures["bytes_beside"]
    a_week, once, seconds = (
        "bytes for each model and week",
        "bytes for each model",
        "millionths of a second of one core, for each model and week",
    )
    measured = [
        ("requests of a walk", found.requests * 1000, "for each 1,000 models and week", found.walk),
        ("landed pages", found.landed_bytes, a_week, found.walk),
        ("counters in the history", found.history.figures["bytes_beside"] / found.history.rows, a_week, found.history),
        ("weeks as Parquet, in a release", found.parquet_bytes / WEEKS, a_week, found.history),
        ("the table of models", of_models / found.history.models, once, found.history),
        ("edges and ancestors, with what names their models", found.edges_bytes, once, found.lineage),
        ("walking", found.walking_s * 1e6, seconds, found.walk),
        ("after the last page: reading, history, lineage, growth", found.deriving_s * 1e6, seconds, found.history),
    ]
    yield from table(
        ["what", "measured", "unit", "over"],
        [[what, number(value), unit, f"{run.models:,} models"] for what, value, unit, run in measured],
    )


def _prices() -> Iterator[str]:
    yield "\n## What it is computed with\n\nPrices were not looked up. They stand at the top of `tests/performance/cost.py`.\n\n"
    yield from table(
        ["price", "US dollars", "per", "source", "as of"],
        [[name, f"{price.dollars:g}", price.unit, price.source, price.date] for name, price in PRICES.items()],
    )


def _a_year(found: Rates) -> Iterator[str]:
    yield (
        f"\n## A year on the file\n\nThe working database and the published one are two copies of the same rows; while a "
        "release is built there is a third. The Parquet files are those of the weeks of models, by far the largest. "
        "Landed pages are the evidence of every figure, and the oldest may be moved elsewhere. The memory of a walk is "
        f"measured; what DuckDB itself takes is bound to {MEMORY_LIMIT}, and beyond that it works on disk.\n\n"
    )
    heads = ["", *(f"{times}×, {models:,} models" for times, models in _sizes())]
    kept = found.kept_bytes(found.history)
    lines: dict[str, Callable[[int], str]] = {
        "requests a week": lambda models: f"{_pages(found, models):,}",
        "requests in a year": lambda models: f"{WEEKS * _pages(found, models):,}",
        "working database after a year": lambda models: _bytes(models * kept),
        "published database and Parquet": lambda models: _bytes(models * (kept + found.parquet_bytes)),
        "landed pages of a year": lambda models: _bytes(models * WEEKS * found.landed_bytes),
        "most disk, while a release is built": lambda models: _bytes(_most_disk(found, models)),
        "after the last page, each week": lambda models: _time(models * found.deriving_s),
    }
    yield from table(heads, [[name, *(give(models) for _, models in _sizes())] for name, give in lines.items()])
    steps = {
        "walk, parse and load": found.walk,
        "growth": found.growth,
        "lineage": found.lineage,
        "history": found.history,
    }
    peaks = [(name, run.models, run.peak_bytes / 1e9) for name, run in steps.items()]
    for weeks, whole in whole_refreshes()[-1:]:
        after = whole["after_the_last_page"]
        yield (
            f"\nMeasured, to compare with: a refresh of every source over {whole['models']:,} models and {weeks} weeks leaves a "
            f"working database of {number(whole['working_gb'])} GB and a release of {number(whole['published_gb'])} GB, and "
            f"takes {number(after['cpu_seconds'])} CPU seconds after the last page, {number(after['seconds'])} by the clock. "
            "Authors, events, families, charts, the other Parquet files and blocks left empty are in that, and not in the table.\n"
        )
        peaks.append((f"a whole refresh, {weeks} weeks", whole["models"], whole["peak_gb"]))
    yield "\nPeak memory, measured:\n\n"
    yield from table(["step", "models", "GB"], [[name, f"{models:,}", number(gb)] for name, models, gb in peaks])


def _walk(found: Rates) -> Iterator[str]:
    yield (
        "\n## A walk under the quota\n\nWhat one walk takes at least, by plan: the pages, paced by the quota, or the walking "
        "itself, if that is longer. Each page names the next one, so that a service that takes its time with each is a "
        "further bound.\n\n"
    )
    heads = ["plan", "requests in 5 minutes", *(f"{times}×" for times, _ in _sizes())]
    yield from table(
        heads,
        [
            [plan, f"{quota:,}", *(_time(_walk_s(found, models, quota)) for _, models in _sizes())]
            for plan, quota in PLANS.items()
        ],
    )


def _money(found: Rates, lake: Run | None) -> Iterator[str]:
    yield (
        "\n## Money\n\nUS dollars in a year, at the prices above, without a token. `by the hour` pays the machine only while "
        "it walks and works; `always on` all year. The disk is paid as large as it is at the end of the year.\n\n"
    )
    heads = ["", *(f"{times}×" for times, _ in _sizes())]
    disk = PRICES["disk"].dollars * 12 / 1e9
    hour = PRICES["machine"].dollars
    worked = [WEEKS * _week_s(found, models) / 3600 * hour for _, models in _sizes()]
    fits = [_week_s(found, models) <= WEEK_S for _, models in _sizes()]
    disks = [_most_disk(found, models) * disk for _, models in _sizes()]
    lines = [
        ["file: machine by the hour", *(_dollars(value, ok) for value, ok in zip(worked, fits, strict=True))],
        ["file: machine always on", *[_dollars(HOURS_OF_A_YEAR * hour, True)] * len(TIMES)],
        ["file: disk", *(_dollars(value, True) for value in disks)],
    ]
    if lake is None:
        lines.append(["lake", *["not measured"] * len(TIMES)])
    else:
        stored = [models * found.kept_bytes(lake) * PRICES["object store"].dollars * 12 / 1e9 for _, models in _sizes()]
        lines.append(["lake: object store", *(_dollars(value, True) for value in stored)])
        lines.append(["lake: PostgreSQL", *[_dollars(PRICES["PostgreSQL"].dollars * 12, True)] * len(TIMES)])
        published = [
            (_most_disk(found, models) - models * found.kept_bytes(found.history)) * disk for _, models in _sizes()
        ]
        lines.append(["lake: disk, for releases and landed pages", *(_dollars(value, True) for value in published)])
    yield from table(heads, lines)


def _stops(results: Results, found: Rates, lake: Run | None) -> Iterator[str]:
    yield (
        "\n## Where it stops\n\nThe number of models at which something ends, by what was measured, smallest first. What lies "
        "far beyond the largest measurement says where to look first, not what will happen.\n\n"
    )
    a_year = found.kept_bytes(found.history)
    of_disk = _most_disk(found, 1)
    alone = WEEK_S / _week_s(found, 1_000_000) * 1_000_000
    limits = {
        f"lineage is refused: more than {MOST_PAIRS:,} pairs are not believed (`MOST_PAIRS`)": MOST_PAIRS / found.pairs,
        "a disk of 1 TB is full within a year, landed pages kept on it": 1e12 / of_disk,
        "the same with landed pages moved away": 1e12 / (of_disk - WEEKS * found.landed_bytes),
        "a walk without a token takes longer than a week": PLANS["anonymous"] / WINDOW_S * WEEK_S / found.requests,
        "walk and work together take longer than a week, without a token": alone,
        "everything after the last page takes an hour": 3600 / found.deriving_s,
        "one copy of the database outgrows the memory of this machine": results.machine.memory_gb * 1e9 / a_year,
    }
    if grown := _models_at_peak(results, results.machine.memory_gb * 1e9):
        limits["the walk takes all memory of this machine, if it grew on as between the two largest sizes"] = grown
    yield from table(
        ["what", "models", "times today's Hub"],
        [
            [what, f"{number(value / 1e6)} million", number(value / TODAY)]
            for what, value in sorted(limits.items(), key=lambda limit: limit[1])
        ],
    )
    yield (
        "\nOn the lake the disk of one machine is no bound, and several machines derive at once; the quota of the walk, and "
        f"the limit on pairs, are the same. Its own rates: {'not measured' if lake is None else 'in the benchmarks'}.\n"
    )


def _models_at_peak(results: Results, peak_bytes: float) -> float | None:
    """Return the models of which a walk would take so much memory, along the line through its two largest sizes."""
    runs = [run for run in results.of(WALK) if run.contender == OURS and run.is_measured]
    if len(runs) < 2:
        return None
    smaller, larger = sorted(runs, key=lambda run: run.models)[-2:]
    slope = (larger.peak_bytes - smaller.peak_bytes) / (larger.models - smaller.models)
    return larger.models + (peak_bytes - larger.peak_bytes) / slope if slope > 0 else None


def _sizes() -> list[tuple[int, int]]:
    return [(times, times * TODAY) for times in TIMES]


def _pages(found: Rates, models: int) -> int:
    return math.ceil(models * found.walk.figures["pages"] / found.walk.models)


def _most_disk(found: Rates, models: int) -> float:
    """Return the bytes of the working database, two releases with their Parquet files, and a year of stored pages."""
    kept = found.kept_bytes(found.history)
    return models * (kept + 2 * (kept + found.parquet_bytes) + WEEKS * found.landed_bytes)


def _walk_s(found: Rates, models: int, quota: int) -> float:
    return max(_pages(found, models) / quota * WINDOW_S, models * found.walking_s)


def _week_s(found: Rates, models: int) -> float:
    return _walk_s(found, models, PLANS["anonymous"]) + models * found.deriving_s


def _bytes(value: float) -> str:
    return f"{number(value / 1e12)} TB" if value >= 1e12 else f"{number(value / 1e9)} GB"


def _time(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{number(seconds / length)} {unit}"
    return f"{number(seconds)} s"


def _dollars(value: float, is_possible: bool) -> str:
    return f"{value:,.0f}" if is_possible else "not within a week"


if __name__ == "__main__":
    sys.stdout.write(page(load(newest())))
