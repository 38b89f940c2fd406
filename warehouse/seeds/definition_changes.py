"""The file of definition changes, `definition_change.csv`: when a source began to count something else under a name."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from warehouse.seeds.csv_reader import FIRST_DAY, CuratedError, Day, Line, Problem, Row, doubles, read_lines

NO_PUBLIC_PAGE = "no public page"


class DefinitionChange(Row):
    """A row of `definition_change.csv`, as in meta.definition_change."""

    source: str
    metric: str
    effective_on: Day
    date_precision: Literal["day", "week", "month", "quarter", "year"]
    what_changed: str
    url: Annotated[str, Field(pattern=rf"^(https://\S+|{NO_PUBLIC_PAGE})$")]


def read_changes(folder: Path, sources: Collection[str], metrics: Collection[str]) -> list[DefinitionChange]:
    """Give every change of a definition; each names one of `sources` and one of `metrics`.

    Raises:
        CuratedError: names the line and column of everything that is wrong with the file.
    """
    problems: list[Problem] = []
    lines = read_lines(folder, "definition_change", DefinitionChange, (), problems)
    problems += doubles(
        lines, "source, metric, effective_on", lambda row: (row.source, row.metric, row.effective_on.isoformat())
    )
    problems += [problem for line in lines for problem in _wrong(line, sources, metrics)]
    if problems:
        raise CuratedError(problems)
    return [line.row for line in lines]


def _wrong(line: Line[DefinitionChange], sources: Collection[str], metrics: Collection[str]) -> Iterator[Problem]:
    change = line.row
    if change.source not in sources:
        yield line.problem("source", f"{change.source!r} is not a source: neither declared nor in source.csv")
    if change.metric not in metrics:
        yield line.problem("metric", f"{change.metric!r} is not in metric.csv")
    if not FIRST_DAY[change.date_precision](change.effective_on):
        yield line.problem("effective_on", f"{change.effective_on} is not the first day of a {change.date_precision}")
