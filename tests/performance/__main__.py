"""Measure every step at several sizes, beside what a user would do instead, and keep the results.

    python -m tests.performance                                  # 100,000 and 1,000,000 models: about half an hour
    python -m tests.performance --size full                      # 3,200,000 as well: some hours, 40 GB of disk
    python -m tests.performance lineage --size 50000             # one step, at one size
    python -m tests.performance --quick                          # a few models, to see that all of it runs

The results go to tests/performance/results/<date>.json. They replace earlier ones of the same step, contender and size.
What is there of smaller sizes says how long a larger one would take, and a contender that would take more than the
budget is left out, and said to be. `python -m tests.performance.report > docs/performance.md` and `python -m
tests.performance.plot` show them.
"""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.performance import growth, history, lake, lineage, walk
from tests.performance.comparing import Terms
from tests.performance.machine import describe, measure_limits
from tests.performance.result_files import FOLDER, GROWTH, HISTORY, LINEAGE, WALK, Results, load

SIZES = (100_000, 1_000_000)
FULL = 3_200_000
# One run of a small size may be disturbed by whatever else the machine does.
REPEATED_BELOW = 500_000
REPEATS = 3


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.performance", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "steps", nargs="*", metavar="step", help="walk, growth, lineage, history, lake; all of them if none"
    )
    parser.add_argument("--size", nargs="+", default=[], metavar="N", help="numbers of models; `full` is all three")
    parser.add_argument("--weeks", type=int, default=52, help="of history, at least 5")
    parser.add_argument("--budget", type=float, default=10, help="minutes that one contender may take at one size")
    parser.add_argument("--quick", action="store_true", help="5,000 models, 6 weeks, once each")
    parser.add_argument("--results", type=Path, help="file to keep them in, another than today's")
    arguments = parser.parse_args()
    steps: dict[str, Callable[[Results, Terms, int], None]] = {
        WALK: walk.measure,
        GROWTH: growth.measure,
        LINEAGE: lineage.measure,
        HISTORY: lambda results, terms, models: history.measure(
            results, terms, models, 6 if arguments.quick else arguments.weeks
        ),
        lake.STEP: lambda results, terms, models: lake.measure(
            results, terms, models, 6 if arguments.quick else arguments.weeks
        ),
    }
    if unknown := set(arguments.steps) - set(steps):
        parser.error(f"no such step: {', '.join(sorted(unknown))}")
    sizes = [5_000] if arguments.quick else _sizes(arguments.size)
    file = arguments.results or FOLDER / f"{datetime.now(UTC).date().isoformat()}.json"
    results = Results(describe(), measure_limits())
    if file.exists():
        before = load(file)
        results = Results(results.machine, results.limits.or_better(before.limits), before.runs)
    for step in arguments.steps or steps:
        for models in sizes:
            repeats = REPEATS if models < REPEATED_BELOW and not arguments.quick else 1
            steps[step](results, Terms(repeats, arguments.budget * 60), models)
            results.save(file)
    print(f"kept in {file}")


def _sizes(asked: list[str]) -> list[int]:
    if "full" in asked:
        return [*SIZES, FULL]
    return [int(size) for size in asked] or list(SIZES)


if __name__ == "__main__":
    main()
