"""The results in words and tables.

python -m tests.performance.report > docs/performance.md      # of the newest results that are kept with the code
python -m tests.performance.report tests/performance/results/2026-11-22.json
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.performance.result_files import FOLDER, GROWTH, HISTORY, LINEAGE, OURS, WALK, Results, Run, load, newest

QUOTA, WINDOW_S = 500, 300

_INTRODUCTION = """\
# Benchmarks

<!-- python -m tests.performance.report > docs/performance.md -->

Each step of a refresh stands beside what one would pick instead, measured in the same run on the same machine. `make bench`
repeats it (`make bench SIZE=full` with 3,200,000 models, the size of the Hub). The seconds of another machine differ, the
ratios should not: `python -m tests.performance.report HERE.json THERE.json` puts those of two machines beside each other.

- Every contender runs in a process of its own, on the same input, and all must give the **same answer**; a run in which
  they disagree is an error and gives no figures.
- **Seconds** are wall time, of the median of three runs below 500,000 models and of one run above. **CPU** is what the
  kernel counted for all threads. **Peak** is the largest resident memory of the process. **Read** and **written** are the
  bytes that went through the file system, whether the cache had them or not; what came over the network is not in it.
- **Times** says how many times as much as Tidegauge a contender took: above 1 it is slower, or larger. Where others were
  at work on the machine, CPU seconds tell more than seconds.
- A contender that would take longer than the budget, at the rate that it had over fewer models, is *not run*. How long it
  would have taken is computed from there, and is no measurement.

![Seconds and peak memory of each contender, by the number of models](performance.svg)
"""


@dataclass(frozen=True)
class Section:
    """A step on the page: its heading, what is compared, and the figures that belong to it."""

    step: str
    heading: str
    words: str
    columns: dict[str, Callable[[Run], float | None]]


def _per_row(figure: str) -> Callable[[Run], float | None]:
    return lambda run: run.figures[figure] / run.rows if figure in run.figures else None


def _figure(name: str) -> Callable[[Run], float | None]:
    return lambda run: run.figures.get(name)


PACING = FOLDER / "pacing-3200000.json"
FIXED_COST = FOLDER / "fixed-cost.json"
SHORTEST_STEP_S = 1
SECTIONS = (
    Section(
        WALK,
        "Walk, parse and load",
        "Every page of the Hub's listing, from a sandbox on the same machine that has rendered them before and sets no quota, "
        "into a database. Tidegauge also lands each page as it came, checks its order and its records, and loads into "
        "the history with its checks; the others insert what came into one table.",
        {
            "bytes over the wire a model": _per_row("wire_bytes"),
            "bytes landed a model": _per_row("landed_bytes"),
            "bytes of database a model": _per_row("database_bytes"),
        },
    ),
    Section(
        GROWTH,
        "Growth",
        "The newest of 53 weeks: every model against 1, 4, 13 and 52 weeks before, with its rank, written as Parquet. "
        "Tidegauge asks its view `growth.model`, which holds nothing; the others read Parquet files, a week each, of which "
        "they need five.",
        {"MB of facts to read from": lambda run: run.figures["facts_bytes"] / 1e6},
    ),
    Section(
        LINEAGE,
        "Lineage",
        "Every ancestor of every model, in a graph of the Hub's shape with five edges for eight models. The first row "
        "is the whole step, on disk and checked: pairs with depth, cycles, roots and counts. *The pairs alone* is what the "
        "recursive CTE finds, though with depth. networkx finds depth, cycles and roots too and keeps nothing; rustworkx "
        "finds the pairs and keeps nothing.",
        {"pairs": lambda run: run.rows},
    ),
    Section(
        HISTORY,
        "History",
        "Every counter of every model in every week, beside full snapshots of every column. Seconds are those of all "
        "weeks together; one week takes *a week*. Snapshots only append; Tidegauge also finds what is new, gone and renamed, adds "
        "up authors, and checks. The last columns are four questions, in milliseconds: downloads by week, the 100 models "
        "that gained most, one model's history, the 100 authors that gained most.",
        {
            "weeks": _figure("weeks"),
            "seconds a week": _figure("load_seconds"),
            "bytes a model and week": _per_row("bytes"),
            "the same without the table of models": _per_row("bytes_beside"),
            "total ms": _figure("total_ms"),
            "top ms": _figure("top_ms"),
            "model ms": _figure("model_ms"),
            "author ms": _figure("author_ms"),
        },
    ),
    Section(
        "lake",
        "The lake",
        "The same weeks and queries with the tables in a lake: its catalogue in a PostgreSQL of the same machine, its rows in a "
        "folder. *To copy out* is what each release does. Its bytes are those of the Parquet files after tidying.",
        {
            "weeks": _figure("weeks"),
            "seconds a week": _figure("load_seconds"),
            "bytes a model and week": _per_row("bytes"),
            "the same without the table of models": _per_row("bytes_beside"),
            "seconds to copy out": _figure("export_seconds"),
            "total ms": _figure("total_ms"),
            "top ms": _figure("top_ms"),
            "model ms": _figure("model_ms"),
            "author ms": _figure("author_ms"),
        },
    ),
)


def report(results: Results) -> str:
    """Return the page."""
    parts = [_INTRODUCTION, *_machine(results), *_days(results)]
    for section in SECTIONS:
        if results.of(section.step):
            parts += [f"\n## {section.heading}\n\n{section.words}\n\n", *_table(results, section)]
            parts += _times(results, section)
    return "".join([*parts, *_pacing(), *_fixed_cost(), *_whole(), *_bottlenecks(results)])


def _pacing() -> Iterator[str]:
    if not PACING.exists():
        return
    run = json.loads(PACING.read_text(encoding="utf-8"))
    yield (
        "\n## The pace of a walk\n\nA walk under the quota of who has no token, from a sandbox that enforces it "
        "(`python -m tests.performance.pacing`). The floor is calls × window / quota.\n\n"
    )
    ratio = run["seconds"] / run["floor_s"]
    yield from table(
        ["models", "calls", "quota", "seconds", "floor", "times the floor", "calls refused"],
        [
            [
                f"{run['models']:,}", f"{run['calls']:,}", f"{run['quota']} in {run['window_s']} s", f"{run['seconds']:,.0f}",
                f"{run['floor_s']:,.0f}", f"{ratio:.4f}", str(run["refused"]),
            ]
        ],
    )  # fmt: skip


def _fixed_cost() -> Iterator[str]:
    if not FIXED_COST.exists():
        return
    run = json.loads(FIXED_COST.read_text(encoding="utf-8"))
    differ = run["tables_that_differ"]
    yield (
        f"\n## The fixed cost of a refresh\n\nA refresh of every source over {run['models']:,} models, with "
        f"{run['weeks'] - 1} weeks of history, beside its bare job: a plain script that calls the same functions one after "
        "the other, without Dagster, its events and the pictures in its UI (`python -m tests.performance.fixed_cost`). The sandbox "
        f"is a process of its own, and imports are not counted. Medians of {run['runs']} runs in turn. "
        + (
            f"Of {run['tables']} tables these differ: {', '.join(differ)}.\n\n"
            if differ
            else f"The {run['tables']} tables of both have the same checksums, except those that name runs and moments.\n\n"
        )
    )
    contenders = run["contenders"]
    figures = ("seconds", "cpu_seconds")
    yield from table(
        ["contender", "seconds", "CPU s"],
        [
            *([name, *(number(found[one]) for one in figures)] for name, found in contenders.items()),
            [
                "what Dagster adds",
                *(number(contenders["Dagster"][one] - contenders["plain script"][one]) for one in figures),
            ],
        ],
    )


def whole_refreshes() -> list[tuple[int, dict[str, Any]]]:
    """Return the whole refreshes that were measured, the largest last: the weeks that were there then, and what it took."""
    found = [
        (int(weeks), run)
        for file in FOLDER.glob("whole-*.json")
        for weeks, run in json.loads(file.read_text(encoding="utf-8"))["weeks"].items()
        if run["exit_code"] == "WELL"
    ]
    return sorted(found, key=lambda one: (one[1]["models"], one[0]))


def _days_of_whole_refreshes() -> list[str]:
    return sorted({json.loads(file.read_text(encoding="utf-8"))["when"][:10] for file in FOLDER.glob("whole-*.json")})


def _whole() -> Iterator[str]:
    """Yield the whole refreshes that were measured, and the steps and queries of the largest."""
    ordered = whole_refreshes()
    if not ordered:
        return
    yield (
        "\n## A whole refresh\n\nA refresh of every source from a sandbox that sets no quota, with weeks of history beneath it "
        "(`python -m tests.performance.whole`). *After the last page* is everything from the end of the walk to the release that "
        "is swapped in: loading, lineage, growth, charts, publishing. The refresh before the last one finds the weeks that were "
        f"put beneath the first, and publishes all of them. Measured on {', '.join(_days_of_whole_refreshes())}.\n\n"
    )
    yield from table(
        ["models", "weeks", "readings", "walk s", "after the last page s", "CPU s", "peak GB", "database GB", "published GB"],
        [
            [
                f"{run['models']:,}", str(weeks), f"{run['rows']:,}", number(run["walk_seconds"]),
                *(number(run["after_the_last_page"][name]) for name in ("seconds", "cpu_seconds")),
                *(number(run[name]) for name in ("peak_gb", "database_gb", "published_gb")),
            ]
            for weeks, run in ordered
        ],
    )  # fmt: skip
    weeks, largest = ordered[-1]
    yield from _slope(ordered)
    steps = {name: step for name, step in largest["steps"].items() if step["seconds"] >= SHORTEST_STEP_S}
    yield f"\nThe steps of {SHORTEST_STEP_S} s and more over {largest['models']:,} models and {weeks} weeks:\n\n"
    yield from table(
        ["step", "seconds", "CPU s", "peak GB"],
        [[name, *(number(step[of]) for of in ("seconds", "cpu_seconds", "peak_gb"))] for name, step in steps.items()],
    )
    yield "\nThe questions of `meta.guide`, and others that are asked every day, of the file that it published:\n\n"
    slowest = sorted(largest["questions_ms"].items(), key=lambda question: -question[1])
    yield from table(["question", "ms"], [[question, number(took)] for question, took in slowest])


def _slope(ordered: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[str]:
    """Hold the time of the largest refresh against its rows, beside one of fewer models and one of fewer weeks."""
    weeks, largest = ordered[-1]
    smallest = next(run for there, run in ordered if there == weeks)
    youngest = next(run for _, run in ordered if run["models"] > 0.9 * largest["models"])
    told = [
        f"{number(largest[rows] / other[rows])} times the {told_of} of {words} took "
        f"{number(_after(largest) / _after(other))} times the seconds"
        for other, rows, told_of, words in (
            (smallest, "models", "models", "the smallest"),
            (youngest, "rows", "readings", "the first of its size"),
        )
        if other is not largest
    ]
    if told:
        yield f"\nThe last of these beside others: {'; '.join(told)}.\n"


def _after(run: dict[str, Any]) -> float:
    return float(run["after_the_last_page"]["seconds"])


def _machine(results: Results) -> Iterator[str]:
    machine, limits = results.machine, results.limits
    yield "\n## The machine\n\n"
    packages = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    loads = [run.load_average for run in results.runs if run.is_measured]
    load_told = f"{min(loads):.1f} to {max(loads):.1f}" if loads else "not known"
    yield from table(
        ("", ""),
        [
            ("processor", f"{machine.cpu}, {machine.cores} cores"),
            ("memory", f"{machine.memory_gb:g} GB"),
            ("system", f"{machine.system}, {machine.file_system}, Python {machine.python}"),
            ("packages", packages),
            ("code and day", f"{machine.commit}, {machine.date}"),
            (
                "load average when a run began",
                f"{load_told}; above {machine.cores} others were at work on the machine too",
            ),
            ("copies in memory", f"{limits.copied / 1e9:.1f} GB/s"),
            ("writes to the disk", f"{limits.written / 1e9:.2f} GB/s"),
            ("reads from the disk, uncached", f"{limits.read / 1e9:.2f} GB/s"),
        ],
    )


def _days(results: Results) -> Iterator[str]:
    """Return which runs are of which day, if there are several: a machine is not equally fast every day."""
    runs: dict[str, set[str]] = {}
    for run in results.runs:
        if run.is_measured:
            runs.setdefault(run.at[:10], set()).add(f"{run.step.lower()} over {run.models:,}")
    if len(runs) > 1:
        told = "; ".join(f"{day}: {', '.join(sorted(which))}" for day, which in sorted(runs.items()))
        yield (
            f"\nThe runs are of several days ({told}), on which the machine was not equally fast: figures compare within a "
            "step and a size, not between them.\n"
        )


def _table(results: Results, section: Section) -> Iterator[str]:
    heads = ["models", "contender", "seconds", "rows/s", "CPU s", "peak GB", "read GB", "written GB", *section.columns]
    rows: list[list[str]] = []
    for models in results.sizes(section.step):
        for run in results.of(section.step, models):
            told = f"{models:,}", run.contender
            if run.is_measured:
                figures = [run.seconds, run.rows / run.seconds, run.cpu_seconds, run.peak_bytes / 1e9]
                figures += [run.bytes_read / 1e9, run.bytes_written / 1e9]
                rows.append([*told, *map(number, figures), *(number(of(run)) for of in section.columns.values())])
            else:
                rows.append([*told, f"*{run.not_run}*", *[""] * (len(heads) - 3)])
    yield from table(heads, rows)


def _times(results: Results, section: Section) -> Iterator[str]:
    """Return how many times as much each contender took as Tidegauge, size by size."""
    contenders = list(dict.fromkeys(run.contender for run in results.of(section.step) if run.contender != OURS))
    sizes = results.sizes(section.step)
    rows = [[name, *(times(results, section.step, name, models) for models in sizes)] for name in contenders]
    if not rows:
        return
    yield "\nTimes the seconds; the CPU seconds; the memory of Tidegauge:\n\n"
    yield from table(["", *(f"{models:,} models" for models in sizes)], rows)


def times(results: Results, step: str, contender: str, models: int) -> str:
    """Return how many times the seconds, the CPU seconds and the memory of Tidegauge a contender took over so many models."""
    runs = {run.contender: run for run in results.of(step, models)}
    ours, other = runs.get(OURS), runs.get(contender)
    if ours is None or other is None or not ours.is_measured:
        return "–"
    if not other.is_measured:
        if other.expected_seconds is None:
            return "not run"
        return f"not run; computed: {number(other.expected_seconds / ours.seconds)}"
    ratios = other.seconds / ours.seconds, other.cpu_seconds / ours.cpu_seconds, other.peak_bytes / ours.peak_bytes
    return "; ".join(f"{ratio:.2f}" for ratio in ratios)


def _bottlenecks(results: Results) -> Iterator[str]:
    yield (
        "\n## Where the time goes, and what the machine allows\n\nThe largest parts of Tidegauge's own work at the "
        "largest size that was measured, by timers around each of them in the same run: each statement by what it does to "
        "which table, and the parts of a walk. These run in two threads at once, so that their seconds may add up to more "
        "than the whole. The bound is what moving the bytes alone "
        "would take: those read and written at the speed that was measured for the disk, and, for a walk, the quota of the "
        f"Hub for who has no token ({QUOTA} requests in {WINDOW_S} s, 1,000 models each).\n\n"
    )
    rows: list[list[str]] = []
    for section in SECTIONS:
        run = results.largest(section.step)
        if run is not None:
            bytes_alone = run.bytes_read / results.limits.read + run.bytes_written / results.limits.written
            quota = f"{run.figures['pages'] / QUOTA * WINDOW_S:,.0f} s" if "pages" in run.figures else "none"
            took = f"{run.models:,} models: {number(run.seconds)} s"
            rows.append([section.heading, took, _largest_parts(run), f"{number(bytes_alone)} s", quota])
    yield from table(
        ["step", "Tidegauge took", "largest parts, share of its CPU seconds", "bytes alone", "quota"], rows
    )
    found = results.largest(WALK)
    if found is not None:
        yield "\nThe walk by part:\n\n"
        yield from table(["part", "seconds", "share of the time", "CPU s"], _parts(found))


def _largest_parts(run: Run) -> str:
    largest = sorted(run.stages.items(), key=lambda stage: -stage[1].cpu_seconds)[:4]
    return "; ".join(f"{name} {usage.cpu_seconds / run.cpu_seconds:.0%}" for name, usage in largest)


def _parts(run: Run) -> list[list[str]]:
    parts: dict[str, list[float]] = {}
    for name, usage in run.stages.items():
        part = name if name.startswith("HTTP") else name.partition(":")[0]
        seconds, cpu_seconds = parts.get(part, (0.0, 0.0))
        parts[part] = [seconds + usage.seconds, cpu_seconds + usage.cpu_seconds]
    ordered = sorted(parts.items(), key=lambda part: -part[1][0])
    return [[name, number(seconds), f"{seconds / run.seconds:.0%}", number(cpu)] for name, (seconds, cpu) in ordered]


def number(value: float | None) -> str:
    """Write a number with three digits that count; a dash where there is none."""
    if value is None:
        return "–"
    if value >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Write a table of Markdown."""
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    yield from (f"| {' | '.join(row)} |\n" for row in lines)


def beside(here: Results, there: Results) -> str:
    """Return the ratios of all contenders to Tidegauge on two machines, where both measured the same step and size."""
    measured = {(run.step, run.contender, run.models) for run in there.runs if run.is_measured}
    lines = [
        [
            run.step,
            f"{run.models:,}",
            run.contender,
            *(times(r, run.step, run.contender, run.models) for r in (here, there)),
        ]
        for run in here.runs
        if run.is_measured and run.contender != OURS and (run.step, run.contender, run.models) in measured
    ]
    names = [
        f"{results.machine.cpu}, {results.machine.cores} cores, {results.machine.date}" for results in (here, there)
    ]
    told = "Times the seconds; the CPU seconds; the memory of Tidegauge, on two machines:\n\n"
    return told + "".join(table(["step", "models", "contender", *names], lines))


if __name__ == "__main__":
    told = [load(Path(file)) for file in sys.argv[1:]] or [load(newest())]
    sys.stdout.write(beside(*told) if len(told) == 2 else report(told[0]))
