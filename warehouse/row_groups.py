"""Parquet files joined out of the row groups of others: their bytes are carried over, and only the footer is written anew.

A Parquet file is `PAR1`, row groups, a footer, its length, `PAR1`. The footer is a Thrift struct; the numbers of its fields
are those of parquet.thrift (https://github.com/apache/parquet-format).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from warehouse.thrift import BINARY, I16, I64, LIST, STRUCT, Struct, UnknownFormError, decoded, encoded

_MAGIC = b"PAR1"
_SCHEMA, _NUM_ROWS, _ROW_GROUPS, _KEY_VALUES = 2, 3, 4, 5  # of FileMetaData
_KEY, _VALUE = 1, 2  # of KeyValue
_COLUMNS, _ROWS_OF_GROUP, _OFFSET_OF_GROUP, _ORDINAL = 1, 3, 5, 7  # of RowGroup
_OFFSET_OF_CHUNK, _META_DATA, _OFFSET_INDEX, _COLUMN_INDEX = 2, 3, 4, 6  # of ColumnChunk
_PAGE_OFFSETS = (9, 10, 11, 14)  # of ColumnMetaData: data page, index page, dictionary page, Bloom filter
_BEGINS = (9, 11)  # a dictionary page, if there is one, comes before the first data page
_PIECE = 1 << 20


class NotJoinableError(ValueError):
    """A file is no whole Parquet file, or its row groups do not fit those of another."""


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file and its footer."""

    path: Path
    footer: Struct
    end: int

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the footer. Raises NotJoinableError."""
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 8, 0))
            tail = file.read()
            end = size - 8 - int.from_bytes(tail[:4], "little")
            if tail[4:] != _MAGIC or end < len(_MAGIC):
                raise NotJoinableError(f"{path} is no whole Parquet file")
            file.seek(end)
            text = file.read(size - 8 - end)
        try:
            return cls(path, decoded(text), end)
        except UnknownFormError as error:
            raise NotJoinableError(f"{path}: its footer cannot be read: {error}") from error

    @property
    def told(self) -> dict[str, str]:
        """The key-value metadata."""
        pairs: list[Struct] = self.footer[_KEY_VALUES][1][1] if _KEY_VALUES in self.footer else []
        return {pair[_KEY][1].decode(): pair[_VALUE][1].decode() for pair in pairs}

    @property
    def row_groups(self) -> list[Struct]:
        """What the footer says of each row group."""
        groups: list[Struct] = self.footer[_ROW_GROUPS][1][1]
        return groups

    def rows_of(self, group: int) -> int:
        """The number of rows of a row group."""
        rows: int = self.row_groups[group][_ROWS_OF_GROUP][1]
        return rows


@dataclass(frozen=True)
class Part:
    """Row groups of a file that follow each other: from number `first` up to before `last`."""

    file: ParquetFile
    first: int
    last: int

    @property
    def bytes(self) -> tuple[int, int]:
        """Where they begin in the file, and where what follows them begins."""
        groups = self.file.row_groups
        return _begin(groups[self.first]), _begin(groups[self.last]) if self.last < len(groups) else self.file.end


def join(parts: Sequence[Part], place: Path, told: dict[str, str]) -> None:
    """Write a new file of these parts, one after the other, with `told` as its key-value metadata.

    Raises:
        NotJoinableError: they do not have the same columns.
    """
    groups: list[Struct] = []
    with place.open("wb") as target:
        target.write(_MAGIC)
        for part in parts:
            if part.file.footer[_SCHEMA] != parts[0].file.footer[_SCHEMA]:
                raise NotJoinableError(f"{part.file.path} has other columns than {parts[0].file.path}")
            begin, end = part.bytes
            by = target.tell() - begin
            with part.file.path.open("rb") as source:
                source.seek(begin)
                for piece in range(begin, end, _PIECE):
                    target.write(source.read(min(_PIECE, end - piece)))
            groups += [_moved(group, by) for group in part.file.row_groups[part.first : part.last]]
        footer = dict(parts[0].file.footer)
        footer[_NUM_ROWS] = I64, sum(group[_ROWS_OF_GROUP][1] for group in groups)
        footer[_ROW_GROUPS] = LIST, (STRUCT, [_numbered(group, number) for number, group in enumerate(groups)])
        pairs = [{_KEY: (BINARY, name.encode()), _VALUE: (BINARY, what.encode())} for name, what in told.items()]
        footer[_KEY_VALUES] = LIST, (STRUCT, pairs)
        text = encoded(dict(sorted(footer.items())))
        target.write(text + len(text).to_bytes(4, "little") + _MAGIC)


def _begin(group: Struct) -> int:
    chunks = [chunk[_META_DATA][1] for chunk in group[_COLUMNS][1][1]]
    begins: list[int] = [chunk[name][1] for chunk in chunks for name in _BEGINS if name in chunk]
    return min(begins)


def _moved(group: Struct, by: int) -> Struct:
    chunks = [
        {
            **_shifted(chunk, (_OFFSET_INDEX, _COLUMN_INDEX), by),
            **_shifted({_OFFSET_OF_CHUNK: chunk[_OFFSET_OF_CHUNK]}, (_OFFSET_OF_CHUNK,), by),
            _META_DATA: (STRUCT, _shifted(chunk[_META_DATA][1], _PAGE_OFFSETS, by)),
        }
        for chunk in group[_COLUMNS][1][1]
    ]
    return _shifted(group, (_OFFSET_OF_GROUP,), by) | {_COLUMNS: (LIST, (STRUCT, chunks))}


def _shifted(struct: Struct, offsets: Sequence[int], by: int) -> Struct:
    """Move the offsets of a struct; 0 says that there is none."""
    return {
        name: (kind, value + by) if name in offsets and value else (kind, value)
        for name, (kind, value) in struct.items()
    }


def _numbered(group: Struct, number: int) -> Struct:
    # The number is optional, and too small for more groups than it can count.
    others = {name: field for name, field in group.items() if name != _ORDINAL}
    return others | ({_ORDINAL: (I16, number)} if _ORDINAL in group and number < 1 << 15 else {})
