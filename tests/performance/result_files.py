"""Results of benchmarks: one JSON file for each machine and day, with the machine's description, read by report, plot and cost."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.performance.machine import Limits, Machine
from tests.performance.measuring import Usage

FOLDER = Path(__file__).parent / "results"
OURS = "Tidegauge"
WALK, GROWTH, LINEAGE, HISTORY, LAKE = "walk", "growth", "lineage", "history", "lake"
PROOF = f"{OURS}: every pair against the edges"


@dataclass(frozen=True)
class Run:
    """Measurements of a contender in a step at one size; or why it was not run, and its expected seconds.

    `rows` are those that it worked on: models, facts, pairs. `figures` belong to the step, and are described there.
    `expected_seconds` is computed from a smaller size and never a measurement. `repeats` runs were made, of which this is
    the one with the median time. `load_average` is that of the machine when it began: more than 1 a core is noise.
    """

    step: str
    contender: str
    models: int
    at: str
    load_average: float
    repeats: int = 0
    rows: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    figures: dict[str, float] = field(default_factory=dict[str, float])
    stages: dict[str, Usage] = field(default_factory=dict[str, Usage])
    not_run: str | None = None
    expected_seconds: float | None = None

    @property
    def is_measured(self) -> bool:
        """Whether it was run."""
        return self.not_run is None


@dataclass
class Results:
    """Everything measured on a machine."""

    machine: Machine
    limits: Limits
    runs: list[Run] = field(default_factory=list[Run])

    def of(self, step: str, models: int | None = None) -> list[Run]:
        """Return the runs of a step, of one size or of all, in the order in which they were made."""
        return [run for run in self.runs if run.step == step and models in (None, run.models)]

    def sizes(self, step: str) -> list[int]:
        """Return the sizes at which a step was measured, smallest first."""
        return sorted({run.models for run in self.of(step)})

    def largest(self, step: str, contender: str = OURS) -> Run | None:
        """Return the measured run of a contender over the most models; None if there is none."""
        found = [run for run in self.of(step) if run.contender == contender and run.is_measured]
        return max(found, key=lambda run: run.models, default=None)

    def replace(self, runs: list[Run]) -> None:
        """Put runs in the place of those of the same step, contender and size."""
        places = {(run.step, run.contender, run.models) for run in runs}
        self.runs = [run for run in self.runs if (run.step, run.contender, run.models) not in places] + runs

    def save(self, file: Path) -> None:
        """Write them down."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")


def load(file: Path) -> Results:
    """Read results that were written down."""
    return msgspec.json.decode(file.read_bytes(), type=Results)


def newest() -> Path:
    """Return the newest file of results that is kept with the code.

    Raises:
        SystemExit: there is none.
    """
    found = max(FOLDER.glob("[0-9]*.json"), default=None)  # by their days; others have a name
    if found is None:
        raise SystemExit(f"there are no results in {FOLDER} yet: python -m tests.performance makes them")
    return found
