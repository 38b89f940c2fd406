"""`meta.collection`: the result of each attempt to collect a source, also stored as a file with its responses."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import msgspec

from warehouse.database.derive import check
from warehouse.facts.set_aside_items import SetAside
from warehouse.tables.meta import COLLECTION
from warehouse.tables.table import sql_literal

RECORD = "collection.json"
_NO_COLUMNS = ("folder", "is_unreachable", "is_offline", "set_aside")


@dataclass(kw_only=True)
class Collection:
    """One attempt to collect a source, with the columns of `meta.collection`; `folder` is that of its stored responses.

    `is_unreachable`: the service sent no response at all. `is_offline`: it was not requested, because no service at all can
    be reached. `set_aside` are the items that could not be used; they are stored with the responses, because an item without
    a response cannot be found in them.
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
    is_offline: bool = False
    set_aside: list[SetAside] = field(default_factory=list[SetAside])

    @property
    def is_loaded(self) -> bool:
        """Whether it was loaded: all of it, or all but the items that were set aside."""
        return self.status == "complete" or (self.status == "partial" and bool(self.rows))

    @property
    def row(self) -> dict[str, str | int | date | datetime | None]:
        """The row of `meta.collection`."""
        row = {name: value for name, value in vars(self).items() if name not in _NO_COLUMNS}
        return row | {"reason": self.reason and _in_a_line(self.reason)}


def store_record(collection: Collection) -> None:
    """Store the record of an attempt with its responses: when they were requested, and whether they are complete.

    An attempt without stored responses gets no record.
    """
    if collection.folder is not None and collection.folder.exists():
        fresh = collection.folder / f".{RECORD}.tmp"
        fresh.write_bytes(msgspec.json.encode(collection.row | {"set_aside": collection.set_aside}))
        fresh.replace(collection.folder / RECORD)


def stored_record(folder: Path) -> Collection | None:
    """Return the record stored with the responses in `folder`; None if the attempt was interrupted."""
    try:
        collection = msgspec.json.decode((folder / RECORD).read_bytes(), type=Collection)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    collection.folder = folder
    return collection


def record_collection(connection: duckdb.DuckDBPyConnection, collection: Collection) -> None:
    """Insert an attempt into `meta.collection`; a retried step replaces the earlier attempt of its run."""
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
    """Return a text of a service on one line and without control characters, so that a terminal can show it."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
