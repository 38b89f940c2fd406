"""`meta.set_aside_item`: the items of a source that a collection could not use, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.database.derive import check
from warehouse.tables.meta import SET_ASIDE_ITEM
from warehouse.tables.table import sql_literal


@dataclass(frozen=True)
class SetAside:
    """An item that a collection could not use, and why.

    `keeps` are the values that its earlier rows of a versioned table have in these columns: such rows are not withdrawn.
    None: which rows are its own is not known, so the source withdraws nothing this time.
    """

    item: str
    reason: str
    keeps: Mapping[str, str | int] | None = None


def record_set_aside(connection: duckdb.DuckDBPyConnection, source: str, week: date, items: Sequence[SetAside]) -> None:
    """Replace the items of a source and week in `meta.set_aside_item`: one that was collected since is no longer there.

    Raises:
        CheckError: a row violates a check.
    """
    connection.execute("delete from meta.set_aside_item where source = ? and week = ?", [source, week])
    reasons: dict[str, list[str]] = {}
    for one in items:
        reasons.setdefault(one.item, []).append(one.reason)
    if reasons:
        connection.executemany(
            "insert into meta.set_aside_item (source, week, item, reason) values (?, ?, ?, ?)",
            [(source, week, item, " ".join(dict.fromkeys(why))) for item, why in reasons.items()],
        )
        check(connection, SET_ASIDE_ITEM, where=f"source = {sql_literal(source)}")
