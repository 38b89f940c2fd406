"""Epoch AI's data files: the service, and how a CSV file of theirs is read."""

import csv
import io
from collections.abc import Sequence

from pipelines.sources.errors import unfit
from pipelines.sources.transport import Service


def epoch_service(url: str) -> Service:
    """Give Epoch's site at `url`, ready to be asked for its data files; it needs no key."""
    return Service("epoch", url, {}, attempts=4)


def read_table(source: str, where: str, body: bytes, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV file as one dict for each row, with the cells of `columns` without space around them.

    Columns that are not named may come and go. Cells may hold commas, quotes and line breaks.

    Raises:
        UnexpectedAnswerError: it is a web page, not UTF-8, not CSV, lacks a column or has it twice, has a row of another
            length than its header, or no row at all.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unfit(source, where, "(the file)", "UTF-8", f"byte 0x{body[error.start]:02x}") from error
    if text.lstrip()[:1] == "<":
        raise unfit(source, where, "(the file)", "CSV", text.lstrip()[:60])
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row] or [[]]
    except csv.Error as error:
        raise unfit(source, where, "(the file)", "CSV", str(error)) from error
    for column in columns:
        if header.count(column) != 1:
            raise unfit(source, where, column, "this column, once", header)
    if not rows:
        raise unfit(source, where, "(the file)", "rows below the header", "none")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise unfit(source, f"{where}, row {number}", "(the row)", f"{len(header)} cells", row)
    places = {column: header.index(column) for column in columns}
    return [{column: row[place].strip() for column, place in places.items()} for row in rows]
