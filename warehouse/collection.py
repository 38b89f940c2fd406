"""`meta.collection`: what came of each attempt to collect a source."""

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from warehouse.derivation import check
from warehouse.table import quoted
from warehouse.tables.meta import COLLECTION


@dataclass(kw_only=True)
class Collection:
    """One attempt to collect a source, with the columns of `meta.collection`."""

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


def write_down(connection: duckdb.DuckDBPyConnection, collection: Collection) -> None:
    """Write an attempt down; a step that is tried again within its run replaces its first attempt."""
    connection.execute(
        "delete from meta.collection where run_id = ? and source = ?", [collection.run_id, collection.source]
    )
    columns = vars(collection) | {"reason": collection.reason and _in_a_line(collection.reason)}
    connection.execute(
        f"insert into meta.collection ({', '.join(columns)}) values ({', '.join('?' for _ in columns)})",
        list(columns.values()),
    )
    check(connection, COLLECTION, where=f"run_id = {quoted(collection.run_id)}")


def _in_a_line(text: str) -> str:
    """Write what a service said so that it can be shown anywhere: in a line, without anything that steers a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
