"""Cells of Epoch AI's files: numbers as `1234.5` or `$1234.5`, dates as year, month or day, texts with line breaks."""

import math
import re
from dataclasses import dataclass
from datetime import date

_NUMBER = re.compile(r"\$?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")


class CellError(ValueError):
    """The content of a cell does not fit."""

    def __init__(self, column: str, expected: str, found: str) -> None:
        super().__init__(f"{column}: expected {expected}, found {found[:60]!r}")


@dataclass(frozen=True)
class Record:
    """A row of a file: `number` counts from 1 below the header, `cells` are its texts by column."""

    number: int
    cells: dict[str, str]

    def text(self, column: str) -> str | None:
        """Return the text on one line; None if the cell is empty."""
        return " ".join(self.cells[column].split()) or None

    def name(self, column: str) -> str:
        """Return the text of a cell that must not be empty.

        Raises:
            CellError: the cell is empty.
        """
        found = self.text(column)
        if found is None:
            raise CellError(column, "a name", "")
        return found

    def quantity(self, column: str, largest: float) -> float | None:
        """Return a number above 0, written with or without an exponent, or as `$1234.5`; None if the cell is empty.

        Raises:
            CellError: the cell is no such number, or the number is larger than `largest`.
        """
        found = self.cells[column]
        if not found:
            return None
        number = float(found.removeprefix("$")) if _NUMBER.fullmatch(found) else math.nan
        if not 0 < number <= largest:
            raise CellError(column, f"a number above 0 and up to {largest:g}", found)
        return number

    def day(self, column: str, latest: date) -> tuple[date, str] | None:
        """Return the first day of a date, and its precision: day, month or year; None if the cell is empty.

        Raises:
            CellError: it is not YYYY, YYYY-MM or YYYY-MM-DD, or is before 1940 or after `latest`.
        """
        found = self.cells[column]
        if not found:
            return None
        parts = _DAY.fullmatch(found)
        try:
            first = date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1)) if parts else date.min
        except ValueError:
            first = date.min
        if parts is None or not date(1940, 1, 1) <= first <= latest:
            raise CellError(column, f"YYYY, YYYY-MM or YYYY-MM-DD from 1940 to {latest}", found)
        return first, "day" if parts[3] else "month" if parts[2] else "year"
