"""What is known about licences, hardware and models: the files of `warehouse/seeds/reference`, checked row by row."""

from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from warehouse.seeds.csv_reader import CuratedError, Day, Line, Number, Problem, Row, Whole, doubles, read_lines
from warehouse.tables.reference_data import HARDWARE, LICENCE_CLASS, MEMORY_ASSUMPTION, NOTABLE_MODEL
from warehouse.tables.table import Table

FOLDER = "reference"


def _yes_or_no(text: object) -> bool | None:
    if text not in (None, "yes", "no"):
        raise ValueError("expected yes, no or nothing")
    return None if text is None else text == "yes"


YesOrNo = Annotated[bool | None, BeforeValidator(_yes_or_no)]


class LicenceClass(Row):
    """A row of `licence_class.csv`, as in core.licence_class."""

    licence: str
    title: str
    licence_class: Literal["permissive", "copyleft", "use-restricted", "non-commercial", "not classified"]
    permits_commercial_use: YesOrNo = None
    note: str | None = None
    evidence_url: str | None = None


class Hardware(Row):
    """A row of `hardware.csv`, as in core.hardware."""

    hardware: str
    vendor: str
    kind: Literal["datacentre", "workstation", "consumer"]
    memory_gb: Number
    released_in: Whole
    evidence_url: str


class NotableModel(Row):
    """A row of `notable_model.csv`, as in core.notable_model."""

    id: str
    title: str
    released_on: Day
    date_precision: Literal["day", "month", "year"]
    parameters_b: Number
    active_parameters_b: Number | None = None
    kv_cache_bytes_per_token: Number | None = None
    evidence_url: str
    note: str | None = None


class MemoryAssumption(Row):
    """A row of `memory_assumption.csv`, as in core.memory_assumption."""

    assumption: str
    value: Number
    unit: str
    reason: str
    evidence_url: str | None = None


FILES: tuple[tuple[Table, type[Row]], ...] = (
    (LICENCE_CLASS, LicenceClass),
    (HARDWARE, Hardware),
    (NOTABLE_MODEL, NotableModel),
    (MEMORY_ASSUMPTION, MemoryAssumption),
)


def read_knowledge(folder: Path) -> list[tuple[Table, Sequence[Row]]]:
    """Read every file of knowledge below a folder of curated files; give each table with its rows.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong, in all files.
    """
    problems: list[Problem] = []
    tables: list[tuple[Table, Sequence[Row]]] = []
    for table, row_class in FILES:
        lines = read_lines(folder / FOLDER, table.name.split(".")[1], row_class, (), problems)
        (key,) = table.key
        problems += doubles(lines, key, attrgetter(key))
        problems += [problem for line in lines for problem in _wrong_dates(line)]
        tables.append((table, [line.row for line in lines]))
    if problems:
        raise CuratedError(problems)
    return tables


def _wrong_dates(line: Line[Row]) -> list[Problem]:
    row = line.row
    if not isinstance(row, NotableModel):
        return []
    first = {"day": row.released_on, "month": row.released_on.replace(day=1)}
    if row.released_on != first.get(row.date_precision, row.released_on.replace(month=1, day=1)):
        return [line.problem("released_on", f"{row.released_on} is not the first day of a {row.date_precision}")]
    return []
