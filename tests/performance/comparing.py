"""Contenders side by side: each in its own process, on the same input, with the same result."""

import os
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec

from tests.performance.measuring import Taken, run
from tests.performance.result_files import OURS, Results, Run


class DisagreementError(RuntimeError):
    """The contenders do not return the same result: their times cannot be compared."""


@dataclass(frozen=True)
class Contender:
    """Who takes part: a name, its `module:function`, and the package that it needs beside those of the project."""

    name: str
    function: str
    needs: str | None = None


@dataclass(frozen=True)
class Terms:
    """How much is measured: runs of each contender, and the minutes that one of them may take."""

    repeats: int
    budget_s: float

    @property
    def longest_s(self) -> float:
        """After so many seconds a contender is stopped, who was faster over fewer models."""
        return 3 * self.budget_s


def compare(
    results: Results, terms: Terms, step: str, models: int, contenders: Sequence[Contender], **given: object
) -> None:
    """Run every contender over `models` models, and add their measurements to the results.

    One that would take longer than the budget, at the rate that it had over fewer models, is not run; Tidegauge always is.

    Raises:
        DisagreementError: they do not give the same answer.
    """
    answers: dict[str, list[object]] = {}
    for contender in contenders:
        begun = Run(step, contender.name, models, datetime.now(UTC).isoformat(timespec="seconds"), os.getloadavg()[0])
        why, expected = _reason_not_to(contender, results, terms, step, models)
        if why is None:
            try:
                taken = _median(contender, terms, models=models, **given)
            except subprocess.TimeoutExpired:
                why = f"stopped after {terms.longest_s / 60:g} minutes"
            else:
                answers[contender.name] = taken.found.answer
                begun = _with(begun, taken, terms.repeats)
        results.replace([replace(begun, not_run=why, expected_seconds=expected)])
        print(line(results.runs[-1]), flush=True)
    if any(answer != next(iter(answers.values())) for answer in answers.values()):
        raise DisagreementError(f"{step} over {models:,} models: the contenders do not agree: {answers}")


def line(run: Run) -> str:
    """Describe a run in one line."""
    name = f"{run.step:<9}{run.models:>11,}  {run.contender:<34}"
    if run.not_run is not None:
        return name + run.not_run
    return (
        f"{name}{run.seconds:>9.2f} s{run.rows / run.seconds:>13,.0f} rows/s{run.cpu_seconds:>9.2f} CPU s"
        f"{run.peak_bytes / 1e9:>7.2f} GB peak"
    )


def _reason_not_to(
    contender: Contender, results: Results, terms: Terms, step: str, models: int
) -> tuple[str | None, float | None]:
    if contender.needs and find_spec(contender.needs) is None:
        return f"{contender.needs} is not installed; `make bench` installs it", None
    smaller = [r for r in results.of(step) if r.contender == contender.name and r.models < models and r.is_measured]
    rated = max(smaller, key=lambda run: run.models, default=None)
    if rated is None or contender.name == OURS:  # without it there is nothing to compare with
        return None, None
    expected = rated.seconds * models / rated.models
    if expected <= terms.budget_s:
        return None, None
    return f"not run: over {terms.budget_s / 60:g} minutes at its rate over {rated.models:,} models", round(expected)


def _median(contender: Contender, terms: Terms, **given: object) -> Taken:
    runs = [run(contender.function, at_most_s=terms.longest_s, **given) for _ in range(terms.repeats)]
    middle = statistics.median_low(taken.usage.seconds for taken in runs)
    return next(taken for taken in runs if taken.usage.seconds == middle)


def _with(begun: Run, taken: Taken, repeats: int) -> Run:
    return replace(
        begun,
        repeats=repeats,
        rows=taken.found.rows,
        seconds=taken.usage.seconds,
        cpu_seconds=taken.usage.cpu_seconds,
        peak_bytes=taken.peak_bytes,
        bytes_read=taken.usage.bytes_read,
        bytes_written=taken.usage.bytes_written,
        figures=taken.found.figures,
        stages=taken.stages,
    )
