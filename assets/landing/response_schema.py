"""Schema of a response: its fields and their types, to detect a change of format before a figure is missing."""

import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from assets.http.errors import printable

# Fields by path, such as `data[].value`, each with its types other than null.
Shape = dict[str, set[str]]

MAX_FIELDS = 500
_MAX_DEPTH = 8
_MAX_ENTRIES = 50
# An object with more keys than this is a mapping, not a record: its keys are not fields.
_MAX_KEYS = 60
_DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)
_TYPES = {str: "text", bool: "flag", int: "number", float: "number", dict: "object", list: "list"}


def shape_of(suffix: str, body: bytes) -> Shape:
    """Return the schema of a response, by the suffix of its kind; empty if it has no fields or cannot be parsed.

    JSON, CSV, Parquet and the CSV files of a zip archive have fields. Only the first entries of a list are read.
    """
    shape: Shape = {}
    try:
        match suffix:
            case "json":
                _add(shape, "", msgspec.json.decode(body), 0)
            case "csv":
                _add_header(shape, body)
            case "parquet":
                shape = _parquet_columns(body)
            case "zip":
                with zipfile.ZipFile(io.BytesIO(body)) as archive:
                    for name in archive.namelist()[:_MAX_KEYS]:
                        if name.endswith(".csv"):
                            with archive.open(name) as member:
                                _add_header(shape, member.read(2**16))
            case _:
                pass
    except (ValueError, RuntimeError, OSError, EOFError, csv.Error, *_DAMAGED_ZIP):
        return {}
    return dict(sorted(shape.items())[:MAX_FIELDS])


def _parquet_columns(body: bytes) -> Shape:
    """Return the columns of a Parquet file. Raises ValueError if it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return {printable(field.name): {str(field.type)} for field in pq.read_schema(pa.BufferReader(body))}
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error


def merged(shapes: Iterable[Mapping[str, set[str]]]) -> Shape:
    """Return the union of several schemas."""
    every: Shape = {}
    for shape in shapes:
        for name, types in shape.items():
            every.setdefault(name, set()).update(types)
    return dict(sorted(every.items())[:MAX_FIELDS])


def _add(shape: Shape, path: str, value: Any, depth: int) -> None:  # noqa: ANN401 - any JSON
    if depth > _MAX_DEPTH or len(shape) > MAX_FIELDS:
        return
    if path:
        types = shape.setdefault(path, set())
        if value is not None:
            types.add(_TYPES[type(value)])
    if isinstance(value, dict) and len(value) <= _MAX_KEYS:
        for key, part in value.items():
            _add(shape, f"{path}.{printable(str(key))[:80]}".lstrip("."), part, depth + 1)
    elif isinstance(value, list):
        for part in value[:_MAX_ENTRIES]:
            _add(shape, f"{path}[]", part, depth + 1)


def _add_header(shape: Shape, body: bytes) -> None:
    lines = io.StringIO(body.decode("utf-8-sig", "replace"), newline="")
    for name in next(csv.reader(lines), []):
        shape[printable(name.strip())[:80]] = {"text"}
