"""`meta.collection`: what came of each attempt to collect a source; kept beside its landed answers as well."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import msgspec

from warehouse.database.derive import check
from warehouse.tables.meta import COLLECTION
from warehouse.tables.table import sql_literal

RECORD = "collection.json"


@dataclass(kw_only=True)
class Collection:
    """One attempt to collect a source, with the columns of `meta.collection`; `folder` is that of its stored responses.

    `is_unreachable`: the service sent no response at all.
    """

    run_id: str
    source: str
    week: date
    started_at: datetime
    finished_at: datetime
    status: str = "complete"
    requests: int | None = None
    rows: int | None = None
    bytes: int | None = None
    reason: str | None = None
    folder: Path | None = None
    is_unreachable: bool = False

    @property
    def row(self) -> dict[str, str | int | date | datetime | None]:
        """The row of `meta.collection`."""
        row = {name: value for name, value in vars(self).items() if name not in ("folder", "is_unreachable")}
        return row | {"reason": self.reason and _in_a_line(self.reason)}


def store_record(collection: Collection) -> None:
    """Keep the record of an attempt beside its landed answers: it tells when they were asked for, and whether that is all.

    Nothing is kept of an attempt that landed nothing.
    """
    if collection.folder is not None and collection.folder.exists():
        fresh = collection.folder / f".{RECORD}.tmp"
        fresh.write_bytes(msgspec.json.encode(collection.row))
        fresh.replace(collection.folder / RECORD)


def stored_record(folder: Path) -> Collection | None:
    """Give the record that is kept beside landed answers; None if there is none: the attempt broke off."""
    try:
        collection = msgspec.json.decode((folder / RECORD).read_bytes(), type=Collection)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    collection.folder = folder
    return collection


def record_collection(connection: duckdb.DuckDBPyConnection, collection: Collection) -> None:
    """Write an attempt down; a step that is tried again within its run replaces its first attempt."""
    connection.execute(
        "delete from meta.collection where run_id = ? and source = ?", [collection.run_id, collection.source]
    )
    columns = collection.row
    connection.execute(
        f"insert into meta.collection ({', '.join(columns)}) values ({', '.join('?' for _ in columns)})",
        list(columns.values()),
    )
    check(connection, COLLECTION, where=f"run_id = {sql_literal(collection.run_id)}")


def _in_a_line(text: str) -> str:
    """Write what a service said so that it can be shown anywhere: in a line, without anything that steers a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
