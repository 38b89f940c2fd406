"""Epoch AI: its address, and a reader of its CSV files (line breaks and quotes inside cells, sometimes a BOM).

A row that does not fit costs itself: it is set aside, and the others are read. Too many of them mean that the file has
another form, and a damaged last row that the file is cut off.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assets.epoch.cells import CellError, Record
from assets.http.client import Service
from assets.http.errors import UnexpectedResponseError, unexpected_field
from assets.settings import ServiceAddress

EPOCH = ServiceAddress("TIDEGAUGE_EPOCH_URL", "https://epoch.ai")
# A larger share of odd rows means that a file has another form.
MOST_ODD_ROWS = 0.05


@dataclass(frozen=True)
class OddRow:
    """A row that does not fit: its number below the header, why, and its cells; None if it cannot be split into cells."""

    number: int
    reason: str
    cells: dict[str, str] | None = None


@dataclass(frozen=True)
class CsvFile:
    """The rows of a file, and those that have another number of cells than the header, or damaged quotes."""

    source: str
    name: str
    records: list[Record]
    odd: list[OddRow]


def epoch_service(url: str) -> Service:
    """Return Epoch AI's site; its data files need no key. A missing page is HTML with status 404."""
    return Service("epoch", url, {"User-Agent": "tidegauge", "Accept-Encoding": "gzip"}, spacing_s=1.0, attempts=4)


def read_csv(source: str, name: str, body: bytes, columns: tuple[str, ...]) -> CsvFile:
    """Return the rows of a CSV file by column, cells stripped of blanks; it may have more columns than these.

    Raises:
        UnexpectedResponseError: it is a web page, not UTF-8, not CSV or cut off, a column is missing or occurs twice, or
            there is no row.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unexpected_field(source, name, "(the whole)", "CSV in UTF-8", f"{error}: {body[:40]!r}") from error
    if text.lstrip().startswith("<"):
        raise unexpected_field(source, name, "(the whole)", "CSV", text.lstrip()[:60])
    lines = list(_lines(text))
    if not lines or isinstance(lines[0], csv.Error):
        raise unexpected_field(source, name, "(the whole)", "CSV with a header", body[:40])
    header = [cell.strip() for cell in lines[0]]
    for column in columns:
        if header.count(column) != 1:
            raise unexpected_field(source, name, column, "one column of this name", header)
    records: list[Record] = []
    odd: list[OddRow] = []
    is_cut = False
    for number, line in enumerate(lines[1:], 1):
        was_cut, is_cut = is_cut, not isinstance(line, csv.Error) and len(line) < len(header)
        if isinstance(line, csv.Error):
            odd.append(OddRow(number, str(line)))
        elif len(line) != len(header):
            odd.append(OddRow(number, f"expected {len(header)} cells, found {len(line)}"))
        elif was_cut and any(cell.count('"') % 2 for cell in line):
            continue  # the rest of a damaged row: its quotes are missing before a line break
        else:
            records.append(Record(number, dict(zip(header, (cell.strip() for cell in line), strict=True))))
    if odd and odd[-1].number == len(lines) - 1:
        raise unexpected_field(
            source, name, "(the last row)", "a whole row, since the file may be cut off", odd[-1].reason
        )
    if not records:
        raise unexpected_field(source, name, "(the whole)", "rows", "a header only")
    return CsvFile(source, name, records, odd)


def _lines(text: str) -> Iterator[list[str] | csv.Error]:
    """Yield the cells of each line that is not empty, or why it cannot be split into cells."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            if line := next(reader):
                yield line
        except StopIteration:
            return
        except csv.Error as error:
            yield error


def read_each(file: CsvFile, read: Callable[[Record], None], key: str | None = None) -> list[OddRow]:
    """Call `read` with each row; return the rows for which it raised, and those that are damaged.

    `key` is the column that names the item of a row. Equal rows are read once; of different rows with one key, none is.

    Raises:
        UnexpectedResponseError: more than MOST_ODD_ROWS of the rows, and more than one, or all of them are odd.
    """
    odd = list(file.odd)
    groups: dict[object, list[Record]] = {}
    for record in file.records:
        group = groups.setdefault(record.cells[key] or record.number if key else record.number, [])
        if record.cells not in [other.cells for other in group]:
            group.append(record)
    for first, *others in groups.values():
        try:
            if key and others:
                where, found = f"{file.name}, row {first.number}", f"{first.cells[key]} again in row {others[0].number}"
                raise unexpected_field(file.source, where, key, "one row for each", found)
            read(first)
        except (CellError, UnexpectedResponseError) as error:
            reason = error.reason if isinstance(error, UnexpectedResponseError) else str(error)
            odd.append(OddRow(first.number, reason, first.cells))
    rows = len(groups) + len(file.odd)
    if len(odd) > max(1, MOST_ODD_ROWS * rows) or len(odd) == rows:
        raise UnexpectedResponseError(
            file.source,
            f"{file.name}: {len(odd)} of {rows} rows do not fit, such as row {odd[0].number}: {odd[0].reason}.",
            kept="the response as received, and everything that was there before.",
            remedy="compare the stored response with what the client expects: the service has changed its format.",
        )
    return odd
