"""The curated CSV files: read, and checked row by row, with everything that is wrong told at once."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

# The folder of the lists, each of which is read by what needs it.
LISTS = Path(__file__).parent / "lists"
# The files of figures, each with the columns of words that its chart needs beside the common ones.
FIGURES: Mapping[str, tuple[str, ...]] = {
    "hub_downloads": (),
    "hub_models": (),
    "benchmark_gap": ("benchmark", "openness", "model"),
    "model_derivatives": ("family", "notable"),
    "community": ("platform",),
    "training_cost": ("target", "what_changed"),
    "inference_speed": ("model", "hardware"),
    "funding": ("focus", "round"),
    "adoption": ("question",),
    "laptop_models": ("ram_gb", "models", "quality_level"),
    "gap_closure": ("benchmark", "reference_model"),
    "in_text": (),  # figures that stand in a sentence, not in a table
}
# Files that others read, so that a mistake in one does not hold up the rest.
READ_APART = {"family", "definition_change"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"-?[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_DAY: Mapping[str, Callable[[date], bool]] = {
    "day": lambda day: True,
    "week": lambda day: day.weekday() == 0,
    "month": lambda day: day.day == 1,
    "quarter": lambda day: day.day == 1 and day.month in (1, 4, 7, 10),
    "year": lambda day: day.day == 1 and day.month == 1,
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (the line as an editor counts it, the column if it is one), and what."""

    file: str
    line: int
    column: str | None
    wrong: str

    def __str__(self) -> str:
        """Give it as a line that an editor can jump to."""
        return f"{self.file}:{self.line}: " + (f"column {self.column}: " if self.column else "") + self.wrong


class CuratedError(ValueError):
    """Curated files that do not hold what they should; `problems` lists everything that is wrong with them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Tell all problems together, in the order of the files and lines."""
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        super().__init__("nothing was loaded from the curated files:\n" + "\n".join(map(str, self.problems)))


def _number(text: object) -> float:
    number = float(str(text)) if _NUMBER.fullmatch(str(text)) else math.nan
    if not math.isfinite(number):
        raise ValueError("expected a number in plain digits, such as 1200 or 12.5")
    return number


def _whole(text: object) -> int:
    if not _WHOLE.fullmatch(str(text)):
        raise ValueError("expected a whole number")
    return int(str(text))


def _address(text: str) -> str:
    if not text.startswith("https://"):
        raise ValueError("expected an https address")
    return text


def _day(text: object) -> date:
    if not _DAY.fullmatch(str(text)):
        raise ValueError("expected a day as YYYY-MM-DD")
    return date.fromisoformat(str(text))


Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_whole)]
Address = Annotated[str, AfterValidator(_address)]
Day = Annotated[date, BeforeValidator(_day)]
Kind = Literal["level", "window_30d", "cumulative", "share", "rating"]
Measure = Literal["value", "change", "growth_pct", "ratio", "months"]


class Row(BaseModel):
    """A row of a curated file. An empty cell counts as no value."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Metric(Row):
    """A row of `metric.csv`, as in core.metric."""

    metric: str
    title: str
    unit: str
    kind: Kind
    description: str


class Source(Row):
    """A row of `source.csv`, as in meta.source; a publication has the day on which it appeared."""

    source: str
    title: str
    url: str
    licence: str
    citation: str
    cadence: str
    caveat: str | None = None
    published_on: Day | None = None


class Claim(Row):
    """A row of `claim.csv`, as in core.published_claim."""

    claim: str
    source: str
    chart: str
    statement: str
    printed: str
    printed_value: Number | None = None
    printed_digits: Whole | None = None
    measure: Measure | None = None
    metric: str | None = None
    entity: str | None = None
    basis: Literal["published", "measured", "estimated"] | None = None
    period_start: Day | None = None
    period_end: Day | None = None
    explanation: str


class Figure(Row):
    """A row of a file of figures; the columns that only its chart needs are words, kept as attributes."""

    metric: str
    entity: str
    period_start: Day
    date_precision: Literal["day", "week", "month", "quarter", "year"]
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    qualifier: Literal["exact", "approximate", "at_least", "range"]
    unit: str
    source: str
    evidence: str
    note: str | None = None


AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True)
class Line(Generic[AnyRow]):
    """A row and where it stands."""

    file: str
    number: int
    row: AnyRow

    def problem(self, column: str | None, wrong: str) -> Problem:
        """Say what is wrong with a cell of this row, or with the row."""
        return Problem(self.file, self.number, column, wrong)


@dataclass
class Contents:
    """Everything that the folder holds, with everything that is wrong with it."""

    metrics: list[Line[Metric]] = field(default_factory=list[Line[Metric]])
    sources: list[Line[Source]] = field(default_factory=list[Line[Source]])
    claims: list[Line[Claim]] = field(default_factory=list[Line[Claim]])
    figures: list[Line[Figure]] = field(default_factory=list[Line[Figure]])
    problems: list[Problem] = field(default_factory=list[Problem])


def read_folder(folder: Path) -> Contents:
    """Read every curated file of a folder.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong, in all files.
    """
    contents = Contents()
    problems = contents.problems
    contents.metrics = read_lines(folder, "metric", Metric, (), problems)
    contents.sources = read_lines(folder, "source", Source, (), problems)
    contents.claims = read_lines(folder, "claim", Claim, (), problems)
    for name, columns in FIGURES.items():
        contents.figures += read_lines(folder, name, Figure, columns, problems)
    read = {"metric", "source", "claim", *FIGURES}
    problems += [
        Problem(file.name, 1, None, f"this file is not known; expected are {', '.join(sorted(read))}")
        for file in sorted(folder.glob("*.csv"))
        if file.stem not in read | READ_APART
    ]
    units = {line.row.metric: line.row.unit for line in contents.metrics}
    published_on = {line.row.source: line.row.published_on for line in contents.sources}
    problems += doubles(contents.metrics, "metric", lambda row: row.metric)
    problems += doubles(contents.sources, "source", lambda row: row.source)
    problems += doubles(contents.claims, "claim", lambda row: row.claim)
    problems += doubles(
        contents.figures,
        "metric, entity, period_start, source",
        lambda row: (row.metric, row.entity, row.period_start.isoformat(), row.source),
    )
    problems += [p for line in contents.claims for p in _wrong_claim(line, units, published_on)]
    problems += [p for line in contents.figures for p in _wrong_figure(line, units, published_on)]
    if problems:
        raise CuratedError(problems)
    return contents


def read_list(
    file: Path, row_class: type[AnyRow], key: Callable[[AnyRow], object], *, may_be_empty: bool = False
) -> list[Line[AnyRow]]:
    """Read a curated list: a file of its own, whose rows are of one class and have a key that occurs once.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong with it.
    """
    problems: list[Problem] = []
    lines = read_lines(file.parent, file.stem, row_class, (), problems, may_be_empty=may_be_empty)
    problems += doubles(lines, None, key)
    if problems:
        raise CuratedError(problems)
    return lines


def doubles(lines: Sequence[Line[AnyRow]], column: str | None, key: Callable[[AnyRow], object]) -> Iterator[Problem]:
    """Give a problem for each row whose key stands in an earlier one; `column` is what the problem names, if it is one."""
    first: dict[object, Line[AnyRow]] = {}
    for line in lines:
        earlier = first.setdefault(key(line.row), line)
        if earlier is not line:
            yield line.problem(column, f"{key(line.row)!r} stands already in {earlier.file}:{earlier.number}")


def _wrong_claim(
    line: Line[Claim], units: Mapping[str, str], published_on: Mapping[str, date | None]
) -> Iterator[Problem]:
    claim = line.row
    if claim.source not in published_on:
        yield line.problem("source", f"{claim.source!r} is not in source.csv")
    if claim.metric is not None and claim.metric not in units:
        yield line.problem("metric", f"{claim.metric!r} is not in metric.csv")
    if (claim.printed_value is None) != (claim.printed_digits is None):
        yield line.problem("printed_digits", "expected together with printed_value, or neither")
    if claim.measure is not None:
        needed = ["metric", "entity", "basis", "period_end", "printed_value"]
        if claim.measure != "value":
            needed.append("period_start")
        for name in needed:
            if getattr(claim, name) is None:
                yield line.problem(name, f"expected with the measure {claim.measure}, found nothing")


def _wrong_figure(
    line: Line[Figure], units: Mapping[str, str], published_on: Mapping[str, date | None]
) -> Iterator[Problem]:
    figure = line.row
    if figure.metric not in units:
        yield line.problem("metric", f"{figure.metric!r} is not in metric.csv")
    elif figure.unit != units[figure.metric]:
        yield line.problem("unit", f"expected {units[figure.metric]!r} as in metric.csv, found {figure.unit!r}")
    if figure.source not in published_on:
        yield line.problem("source", f"{figure.source!r} is not in source.csv")
    elif published_on[figure.source] is None:
        yield line.problem("source", f"{figure.source!r} has no published_on in source.csv: it is not a publication")
    if not FIRST_DAY[figure.date_precision](figure.period_start):
        yield line.problem("period_start", f"{figure.period_start} is not the first day of a {figure.date_precision}")
    for name in ("value", "low", "high"):
        number = getattr(figure, name)
        if number is not None and number < 0:
            yield line.problem(name, f"{number:g} is negative; none of these figures can be")
    low, high, value = figure.low, figure.high, figure.value
    if low is not None and high is not None and low > high:
        yield line.problem("low", f"{low:g} exceeds high, {high:g}")
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        yield line.problem("value", f"{value:g} lies outside low and high")
    if figure.qualifier == "range":
        for name, end in (("low", low), ("high", high)):
            if end is None:
                yield line.problem(name, "the qualifier is range, so both ends are expected; found nothing")
    elif value is None and figure.note is None:
        yield line.problem("value", "empty without a note; expected a number, or what was printed instead, in note")


def read_lines(
    folder: Path,
    name: str,
    row_class: type[AnyRow],
    extra: tuple[str, ...],
    problems: list[Problem],
    *,
    may_be_empty: bool = False,
) -> list[Line[AnyRow]]:
    """Read a file as rows of a class; what is wrong is added to `problems`, and the row left out."""
    file = f"{name}.csv"
    expected = [*row_class.model_fields, *extra]
    records = _records(folder / file, problems)
    if not records:
        return []
    (first_number, header), *body = records
    wrong = [f"{column!r} is missing" for column in expected if column not in header]
    wrong += [f"{column!r} is not known" for column in header if column not in expected]
    wrong += [f"{column!r} occurs twice" for column in sorted(set(header)) if header.count(column) > 1]
    if wrong:
        problems.append(Problem(file, first_number, None, f"{'; '.join(wrong)}; expected are {', '.join(expected)}"))
        return []
    if not body and not may_be_empty:
        problems.append(Problem(file, first_number, None, "there is no row below the header"))
    lines: list[Line[AnyRow]] = []
    for number, cells in body:
        if len(cells) != len(header):
            wanted = f"{len(header)} cells are expected as in the header, found {len(cells)}"
            problems.append(Problem(file, number, None, f"{wanted}; a cell with a comma needs quotes"))
            continue
        values = {column: cell.strip() or None for column, cell in zip(header, cells, strict=True)}
        try:
            lines.append(Line(file, number, row_class.model_validate(values)))
        except ValidationError as error:
            problems += [
                Problem(file, number, str(found["loc"][0]), _sentence(found["msg"], values.get(str(found["loc"][0]))))
                for found in error.errors()
            ]
    return lines


def _sentence(message: str, found: str | None) -> str:
    """Say what is wrong with a cell, and what stands there."""
    if found is None:
        return "is empty; expected is a value"
    return f"{message.removeprefix('Value error, ').replace('Input should be', 'expected')}; found {found!r}"


def _records(path: Path, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Split a CSV file into records, each with the line on which it begins; blank lines are passed over."""
    if not path.is_file():
        problems.append(Problem(path.name, 1, None, "the file is missing"))
        return []
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(
            Problem(path.name, line, None, f"not UTF-8: byte 0x{content[error.start]:02x}; save it as UTF-8")
        )
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if cells:
                records.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(path.name, begins, None, f"not CSV: {error}"))
        return []
    if not records:
        problems.append(Problem(path.name, 1, None, "the file is empty"))
    return records
