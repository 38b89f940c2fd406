"""Read Parquet files of data sets and check every column against its expected type.

Imports pyarrow and polars: import this module where a file is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from polars.exceptions import PanicException

from assets.http.errors import unexpected_field
from assets.hub.datasets import Expected

MAX_ROWS = 20_000_000
LARGEST_UNPACKED_BYTES = 4 * 2**30
# A dictionary-encoded text occurs once in a file and in millions of rows: the limit is on all rows.
LARGEST_TEXT_BYTES = 512 * 2**20
_BATCH_ROWS = 65_536
_FIRST_DAY, _LAST_DAY = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))
_TYPES = {"text": pl.String, "number": pl.Float64, "whole": pl.Int64, "day": pl.Date, "flag": pl.Boolean}


@dataclass(frozen=True)
class Footer:
    """Number of rows of a Parquet file, and the lowest and highest value of one column, None without statistics."""

    rows: int
    lowest: str | None
    highest: str | None


def read_parquet(
    source: str,
    where: str,
    body: bytes,
    columns: Mapping[str, Expected],
    only: Mapping[str, str] | None = None,
    reasons: str | None = None,
) -> pl.DataFrame:
    """Return the named columns of a Parquet file, read batch by batch; `only` filters rows by exact values.

    `reasons` is the name of one more column: why a cell of the row does not fit, NULL if all fit. Such a cell is NULL.
    Without it such a cell rejects the file. pyarrow reads the file: it raises for a damaged one, where polars panics.

    Raises:
        UnexpectedResponseError: the file is damaged or too large, or a column is missing, has another type, is NULL where a
            value is required, or has a value that is not a finite number, a whole number or a day.
    """
    try:
        frame = _read(source, where, body, columns, only or {})
        if frame.is_empty():
            among = " and ".join(f"{name} {value!r}" for name, value in (only or {}).items())
            raise unexpected_field(source, where, "(the whole)", f"rows{' with ' + among if among else ''}", "none")
        found: list[pl.Series] = []
        reason = pl.Series(reasons or "", [None] * frame.height, dtype=pl.String)
        for name, expected in columns.items():
            fresh, wrong = _converted(frame[name], expected)
            for what, cells in wrong:
                if reasons is None:
                    _refuse(source, where, frame[name], cells, what)
                is_new = cells.fill_null(False) & reason.is_null()
                reason = reason.zip_with(~is_new, pl.Series([f"{name}: expected {what}"]))
            found.append(fresh)
        return pl.DataFrame(found if reasons is None else [*found, reason])
    # A panic of polars is not an Exception: it would end the whole run.
    except (pa.ArrowException, pl.exceptions.PolarsError, PanicException, OSError, ValueError, EOFError) as error:
        raise unexpected_field(
            source, where, "(the whole)", "a whole Parquet file", str(error).partition("\n")[0]
        ) from error


def _read(
    source: str, where: str, body: bytes, columns: Mapping[str, Expected], only: Mapping[str, str]
) -> pl.DataFrame:
    file = pq.ParquetFile(pa.BufferReader(body))
    unpacked = sum(file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups))
    if file.metadata.num_rows > MAX_ROWS or unpacked > LARGEST_UNPACKED_BYTES:
        raise unexpected_field(
            source, where, "(the whole)", f"at most {MAX_ROWS:,} rows", f"{file.metadata.num_rows:,} rows"
        )
    _check_schema(source, where, file.schema_arrow, columns)
    texts = [
        name
        for name, expected in columns.items()
        if expected.kind == "text" and not pa.types.is_null(file.schema_arrow.field(name).type)
    ]
    file = pq.ParquetFile(pa.BufferReader(body), metadata=file.metadata, read_dictionary=texts)
    parts: list[pl.DataFrame] = []
    length = 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=list(columns)):
        batch.validate(full=True)
        length += sum(_length(column) for column in batch.columns if pa.types.is_dictionary(column.type))
        if length > LARGEST_TEXT_BYTES:
            raise unexpected_field(
                source, where, "(the whole)", f"at most {LARGEST_TEXT_BYTES:,} bytes of text", "more"
            )
        part = pl.DataFrame(pa.Table.from_batches([batch])).with_columns(pl.col(pl.Categorical).cast(pl.String))
        parts.append(part.filter(*(pl.col(name).cast(pl.String) == value for name, value in only.items())))
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(columns, pl.Null))


def read_footer(source: str, where: str, end: bytes, columns: Mapping[str, Expected], bounds: str) -> Footer:
    """Return what the footer of a Parquet file says, given the last bytes of the file: the columns fit, rows, bounds.

    Raises:
        UnexpectedResponseError: the footer is damaged, or a column is missing, has another type, or is NULL where a value
            is required, as far as the statistics tell.
    """
    try:
        found = pq.read_metadata(pa.BufferReader(end))
        _check_schema(source, where, found.schema.to_arrow_schema(), columns)
        lowest: list[object] = []
        highest: list[object] = []
        for group in range(found.num_row_groups):
            for place in range(found.num_columns):
                part = found.row_group(group).column(place)
                expected, statistics = columns.get(part.path_in_schema), part.statistics
                if expected is None or statistics is None:
                    continue
                if expected.required and statistics.has_null_count and statistics.null_count:
                    raise unexpected_field(
                        source, where, part.path_in_schema, f"a {expected.kind}", f"{statistics.null_count} times NULL"
                    )
                if part.path_in_schema == bounds and statistics.has_min_max:
                    lowest.append(statistics.min)
                    highest.append(statistics.max)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unexpected_field(
            source, where, "(the footer)", "that of a Parquet file", str(error).partition("\n")[0]
        ) from error
    return Footer(found.num_rows, min(map(str, lowest), default=None), max(map(str, highest), default=None))


def _check_schema(source: str, where: str, schema: pa.Schema, columns: Mapping[str, Expected]) -> None:
    for name, expected in columns.items():
        if schema.names.count(name) != 1:
            raise unexpected_field(source, where, name, f"one column of this name, a {expected.kind}", schema.names)
        if not _fits(schema.field(name).type, expected):
            raise unexpected_field(source, where, name, f"a {expected.kind}", str(schema.field(name).type))


def _length(column: pa.DictionaryArray) -> int:
    """Return the bytes of the texts in all rows of a column."""
    return pc.sum(pc.take(pc.binary_length(column.dictionary), column.indices)).as_py() or 0


def _fits(type: pa.DataType, expected: Expected) -> bool:
    types = pa.types
    if types.is_null(type):  # a column in which no row has a value
        return not expected.required
    if types.is_dictionary(type):
        type = type.value_type
    is_number = types.is_integer(type) or types.is_floating(type)
    is_text = types.is_string(type) or types.is_large_string(type) or types.is_string_view(type)
    match expected.kind:
        case "text":
            return bool(is_text)
        case "number" | "whole":
            return bool(is_number)
        case "day":
            return bool(is_text or types.is_date(type) or types.is_timestamp(type))
        case "flag":
            return bool(types.is_boolean(type))


def _converted(column: pl.Series, expected: Expected) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
    """Return a column in its expected type, and what is expected with the cells that are not so; these are NULL."""
    if column.dtype == pl.Categorical or isinstance(column.dtype, pl.Enum):
        column = column.cast(pl.String)
    if column.dtype == pl.Null:
        return column.cast(_TYPES[expected.kind]), []
    wrong: list[tuple[str, pl.Series]] = []
    if expected.kind == "text":
        column = column.str.strip_chars().replace("", None)
    elif expected.kind == "number":
        column = column.cast(pl.Float64)
        column = column.fill_nan(None) if expected.nan_is_null else column
        wrong.append(("a finite number", ~column.is_finite()))
    elif expected.kind == "whole" and column.dtype.is_float():
        column = column.fill_nan(None) if expected.nan_is_null else column
        wrong.append(("a whole number", ~column.is_finite() | (column != column.floor())))
    fresh = (
        column.str.to_date("%Y-%m-%d", strict=False)
        if expected.kind == "day" and column.dtype == pl.String
        else column.cast(_TYPES[expected.kind], strict=False)
    )
    wrong.append((f"a {expected.kind}", fresh.is_null() & column.is_not_null()))
    if expected.kind == "day":  # polars panics when it formats a day outside of Python's calendar
        wrong.append(("days of the years 1 to 9999", ~fresh.to_physical().is_between(_FIRST_DAY, _LAST_DAY)))
    if expected.required:
        wrong.append((f"a {expected.kind}", fresh.is_null()))
    for _, cells in wrong:
        fresh = fresh.zip_with(~cells.fill_null(False), pl.Series([None], dtype=fresh.dtype))
    return fresh, wrong


def _refuse(source: str, where: str, column: pl.Series, wrong: pl.Series, expected: str) -> None:
    found = column.filter(wrong.fill_null(False))
    if len(found):
        # A day outside of Python's calendar cannot be formatted.
        value = found.to_physical()[0] if found.dtype.is_temporal() else found[0]
        raise unexpected_field(source, where, column.name, expected, value)
