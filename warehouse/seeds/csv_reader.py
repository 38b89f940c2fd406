"""Reader of the curated CSV files: every cell, row and reference is checked, and all problems are raised together.

`read_seeds` splits the files into records, converts each cell by the SQL type of its column, looks for duplicates, and
evaluates the checks as SQL on temporary tables, so that a check can refer to other files. Python's csv module does the
splitting because DuckDB's read_csv loses what the errors need: with store_rejects it counts records and not lines,
drops a record with an unclosed quote without an error, and reads NaN, inf, 1_000, epoch and 2022-1-1 as values.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.tables.table import Column, Table, required

LISTS = Path(__file__).parent / "lists"
Row = dict[str, Any]
_FLAGS = re.ASCII | re.DOTALL
# Stands for the file of rows that the code declares.
_DECLARED = "declared in the code"


@dataclass(frozen=True)
class Problem:
    """One error in a file: its line as an editor counts it, the column or columns if known, and the message."""

    file: str
    line: int
    column: str | None
    message: str

    def __str__(self) -> str:
        """Return the problem as a line that an editor can jump to."""
        return f"{self.file}:{self.line}: " + (f"column {self.column}: " if self.column else "") + self.message


class CuratedError(ValueError):
    """Curated files contain errors; `problems` lists all of them, ordered by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Put all problems into one message."""
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        super().__init__("nothing was loaded from the curated files:\n" + "\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Format:
    """How a cell is written: the pattern it matches as a whole, the same in words, and its conversion to a value."""

    pattern: str
    expected: str
    convert: Callable[[str], object] = str


def one_of(*values: str) -> Format:
    """Return the format of a cell that holds one of a few texts."""
    return Format("|".join(map(re.escape, values)), ", ".join(map(repr, values)))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _texts(text: str) -> list[str]:
    return text.split("; ")


ADDRESS = Format(r"https://.*", "an https address")
PRECISION = one_of("day", "week", "month", "quarter", "year")
# Stricter than a cast of DuckDB.
FORMATS: Mapping[str, Format] = {
    "VARCHAR": Format(r".*", "text"),
    "DOUBLE": Format(
        r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", "a number in plain digits, such as 1200 or 12.5", _finite
    ),
    "INTEGER": Format(r"-?[0-9]{1,9}", "a whole number of at most 9 digits", int),
    "BIGINT": Format(r"-?[0-9]{1,18}", "a whole number of at most 18 digits", int),
    "BOOLEAN": Format(r"yes|no", "yes, no or nothing", "yes".__eq__),
    "DATE": Format(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day as YYYY-MM-DD", date.fromisoformat),
    "VARCHAR[]": Format(r"[^;\s][^;]*(; [^;\s][^;]*)*", "texts with a semicolon and a blank between them", _texts),
}


@dataclass(frozen=True, eq=False)
class Seed:
    """A curated CSV file. Its header names all `columns`, in any order; an empty cell is NULL.

    `key` identifies a row. The checks of `table` hold as far as they concern these columns. `formats` replaces the
    format that follows from the type of a column. `checks` maps "columns: what is expected of them" to the SQL condition
    for it, where NULL counts as held and seed_<name> is another file that is read with this one. `same` maps a column to
    those that are equal in all rows with one value of it. A seed of several `files` maps each to its own text columns.
    """

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    table: Table | None = None
    formats: Mapping[str, Format] = field(default_factory=dict[str, Format])
    checks: Mapping[str, str] = field(default_factory=dict[str, str])
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    folder: str = ""
    ignore_case: bool = False
    may_be_empty: bool = False

    @property
    def conditions(self) -> dict[str, str]:
        """The checks of the table, as far as they concern these columns, and those of the seed."""
        conditions: dict[str, str] = {}
        for promise, condition in self.table.checks.items() if self.table else ():
            words = re.findall(r"\w+", re.sub(r"'[^']*'", "", condition))
            named = [name for name in self.table.columns if name in words] if self.table else []
            if all(name in self.columns for name in named):
                conditions[f"{', '.join(named)}: that {promise} ({condition})"] = condition
        return {**conditions, **self.checks}


def text_columns(*names: str) -> dict[str, Column]:
    """Return columns of text without empty cells."""
    return dict.fromkeys(names, required("VARCHAR", "A text."))


def first_day(column: str) -> dict[str, str]:
    """Return the check that a date is the first day of the period that its date_precision names."""
    is_known = f"regexp_full_match(date_precision, '{PRECISION.pattern}')"  # date_trunc raises an error for others
    condition = f"case when {is_known} then {column} = date_trunc(date_precision, {column}) end"
    return {f"{column}, date_precision: the first day of the period": condition}


@dataclass(frozen=True)
class Record:
    """A row with its file and the line on which it begins."""

    file: str
    line: int
    row: Row

    def problem(self, column: str | None, expected: str, found: object) -> Problem:
        """Return a problem of this row."""
        return Problem(self.file, self.line, column, f"expected {expected}; found {_shown(found)}")


def read_seeds(
    folder: Path,
    seeds: Sequence[Seed],
    connection: duckdb.DuckDBPyConnection | None = None,
    *,
    declared: Mapping[str, Sequence[Row]] | None = None,
    elsewhere: Collection[str] | None = None,
) -> dict[str, list[Record]]:
    """Read the files of a folder and return the records of each seed by its name.

    `declared` has further rows by the name of the seed, which the code declares.

    If any seed has checks, each is left as the temporary table seed_<name> of `connection`, with its columns and
    `record`, its place. If `elsewhere` is given, a file that is neither in a seed nor in it is an error.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong, in all files.
    """
    problems: list[Problem] = []
    records: dict[str, list[Record]] = {}
    for seed in seeds:
        files = seed.files or {seed.name: ()}
        records[seed.name] = [
            *(
                Record(_DECLARED, number, row)
                for number, row in enumerate((declared or {}).get(seed.name, ()), start=1)
            ),
            *(one for file, words in files.items() for one in _read_file(folder, seed, file, words, problems)),
        ]
        problems += _contradictions(seed, records[seed.name])
    if any(seed.conditions for seed in seeds):
        connection = connection or duckdb.default_connection().cursor()
        for seed in seeds:
            _stage(connection, seed, records[seed.name])
        for seed in seeds:
            problems += _failed_checks(connection, seed, records[seed.name])
    if elsewhere is not None:
        known = {file for seed in seeds for file in seed.files or {seed.name}}
        message = f"this file is not known; expected are {', '.join(sorted(known))}"
        found = {file.stem for file in folder.glob("*.csv")}
        problems += [Problem(f"{name}.csv", 1, None, message) for name in found - known - {*elsewhere}]
    if problems:
        raise CuratedError(problems)
    return records


def read_seed(folder: Path, seed: Seed, connection: duckdb.DuckDBPyConnection | None = None) -> list[Row]:
    """Read one file and return its rows. Raises CuratedError like `read_seeds`."""
    return [record.row for record in read_seeds(folder, [seed], connection)[seed.name]]


def replace_tables(connection: duckdb.DuckDBPyConnection, seeds: Iterable[Seed]) -> None:
    """Replace all rows of the tables of seeds that `read_seeds` has checked and left on the connection."""
    for seed in seeds:
        if seed.table:
            connection.execute(f"delete from {seed.table.name}")
            connection.execute(
                f"insert into {seed.table.name} by name "
                f"select {', '.join(seed.table.columns)} from seed_{seed.name} order by record"
            )


def _read_file(
    folder: Path, seed: Seed, name: str, words: tuple[str, ...], problems: list[Problem]
) -> Iterator[Record]:
    """Yield the records of a file whose cells are all valid; add the others to `problems`."""
    file = str(Path(seed.folder) / f"{name}.csv")
    columns = {**seed.columns, **dict.fromkeys(words, Column("VARCHAR", ""))}
    lines = _split(folder / file, file, problems)
    if not lines:
        return
    (first_line, header), *body = lines
    wrong = [f"{column!r} is missing" for column in columns if column not in header]
    wrong += [f"{column!r} is not known" for column in header if column not in columns]
    wrong += [f"{column!r} occurs twice" for column in sorted(set(header)) if header.count(column) > 1]
    if wrong:
        problems.append(Problem(file, first_line, None, f"{'; '.join(wrong)}; expected are {', '.join(columns)}"))
        return
    if not body and not seed.may_be_empty:
        problems.append(Problem(file, first_line, None, "there is no row below the header"))
    formats = [(name, column, seed.formats.get(name, FORMATS[column.type])) for name, column in columns.items()]
    for line, cells in body:
        record = Record(file, line, {})
        if len(cells) != len(header):
            found = f"{len(header)} cells are expected as in the header, found {len(cells)}"
            problems.append(Problem(file, line, None, f"{found}; a cell with a comma needs quotes"))
            continue
        texts = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        wrong_cells = list(_convert(record, texts, formats))
        problems += wrong_cells
        if not wrong_cells:
            yield record


def _convert(
    record: Record, texts: Mapping[str, str], formats: Iterable[tuple[str, Column, Format]]
) -> Iterator[Problem]:
    """Fill the row of a record with the values of its cells; yield a problem for each invalid cell."""
    for name, column, form in formats:
        text = texts[name]
        record.row[name] = None
        if text:
            try:
                if not re.fullmatch(form.pattern, text, _FLAGS):
                    raise ValueError(text)
                record.row[name] = form.convert(text)
            except ValueError:
                yield record.problem(name, form.expected, text)
        elif column.required:
            yield Problem(record.file, record.line, name, "is empty; expected is a value")


def _contradictions(seed: Seed, records: Iterable[Record]) -> Iterator[Problem]:
    """Yield a problem for each row whose key an earlier row has, or that contradicts an earlier row."""
    earlier: dict[object, Record] = {}
    for record in records:
        values = [record.row[name] for name in seed.key]
        key = tuple(value.casefold() if seed.ignore_case and isinstance(value, str) else value for value in values)
        first = earlier.setdefault(("", *key), record)
        if first is not record:
            shown = ", ".join(map(_shown, key))
            message = f"{shown} occurs already in {first.file}:{first.line}"
            yield Problem(record.file, record.line, ", ".join(seed.key), message)
        for column, names in seed.same.items():
            first = earlier.setdefault((column, record.row[column]), record)
            for name in names:
                if record.row[name] != first.row[name]:
                    place = f"as in {first.file}:{first.line} with the same {column}"
                    yield record.problem(name, f"{_shown(first.row[name])} {place}", record.row[name])


def _stage(connection: duckdb.DuckDBPyConnection, seed: Seed, records: Sequence[Record]) -> None:
    """Create the temporary table seed_<name>, with `record` numbered from 0."""
    columns = ", ".join(f"unnest(${name}::{column.type}[]) as {name}" for name, column in seed.columns.items())
    connection.execute(
        f"create or replace temp table seed_{seed.name} as select unnest(range($record)) as record, {columns}",
        {"record": len(records), **{name: [one.row[name] for one in records] for name in seed.columns}},
    )


def _failed_checks(connection: duckdb.DuckDBPyConnection, seed: Seed, records: Sequence[Record]) -> Iterator[Problem]:
    """Yield a problem for each row and each check that does not hold for it."""
    if not (checks := seed.conditions):
        return
    held = ", ".join(f"coalesce({condition}, true)" for condition in checks.values())
    for number, *results in connection.execute(f"select record, {held} from seed_{seed.name}").fetchall():
        for promise, holds in zip(checks, results, strict=True):
            if not holds:
                named, _, expected = promise.partition(": ")
                row = records[number].row
                found = {name: row[name] for name in named.split(", ")} if "," in named else row[named]
                yield records[number].problem(named, expected, found)


def _shown(value: object) -> str:
    """Return a value as an error shows it."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, float):
        return f"{value:.15g}"
    return "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)


def _split(path: Path, file: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Split a CSV file into records, each with the line on which it begins; skip blank lines."""
    if not path.is_file():
        problems.append(Problem(file, 1, None, "the file is missing"))
        return []
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(Problem(file, line, None, f"not UTF-8: byte 0x{content[error.start]:02x}; save it as UTF-8"))
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
        problems.append(Problem(file, begins, None, f"not CSV: {error}"))
        return []
    if not records:
        problems.append(Problem(file, 1, None, "the file is empty"))
    return records
