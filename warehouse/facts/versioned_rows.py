"""Tables with every version of a row: what a source states now, and everything it has stated before.

The key of such a table ends in `recorded_at`. Its column `is_withdrawn` marks rows that the source no longer states.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb

from warehouse.database.derive import check
from warehouse.facts.observations import NoObservationError
from warehouse.facts.set_aside_items import SetAside
from warehouse.tables.table import Table, sql_literal

if TYPE_CHECKING:
    import polars as pl

# All rows of a source for a table: as mappings, or as a frame if there are many.
Rows: TypeAlias = "Sequence[Mapping[str, Any]] | pl.DataFrame"


def record_versions(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    rows: Rows,
    source: str,
    now: datetime,
    set_aside: Sequence[SetAside] = (),
) -> int:
    """Add the current rows of a source to a table of versions; return the number of new, changed and withdrawn rows.

    `rows` have every column except `source`, `recorded_at` and `is_withdrawn`, and must be complete: an earlier row that is
    missing gets a new version with `is_withdrawn`. The rows of the items in `set_aside` are not withdrawn: they were not
    looked at.

    Raises:
        NoObservationError: there is none.
        CheckError: a row violates a check, or two rows have the same key.
    """
    import polars as pl

    if len(rows) == 0:
        raise NoObservationError(f"{table.name}: {source} delivered no rows")
    content = [name for name in table.columns if name not in ("source", "recorded_at", "is_withdrawn")]
    places = [name for name in table.key if name not in ("source", "recorded_at")]
    connection.execute("drop table if exists incoming_version")
    connection.execute(
        "create temp table incoming_version ("
        + ", ".join(f"{name} {table.columns[name].type}" for name in content)
        + ")"
    )
    frame = (
        rows.select(content)
        if isinstance(rows, pl.DataFrame)
        else pl.DataFrame(
            [[row[name] for name in content] for row in rows],
            schema=content,
            orient="row",
            strict=False,
            infer_schema_length=None,
        )
    )
    connection.register("incoming_frame", frame.to_arrow())
    connection.execute("insert into incoming_version by name from incoming_frame")
    connection.unregister("incoming_frame")
    same = " and ".join(f"known.{name} is not distinct from incoming.{name}" for name in content)
    there = " and ".join(f"known.{name} is not distinct from incoming.{name}" for name in places)
    known = f"""
        select * from {table.name} where source = $source
        qualify row_number() over (partition by {", ".join(places)} order by recorded_at desc) = 1
    """
    values = {"source": source, "now": now}
    connection.execute(f"create or replace temp table known_version as {known}", {"source": source})
    fresh = connection.execute(
        f"""
        insert into {table.name} by name
        select incoming.*, $source as source, $now as recorded_at, false as is_withdrawn
        from incoming_version as incoming
        left join known_version as known on {there}
        where known.source is null or known.is_withdrawn or not ({same})
        """,
        values,
    ).fetchall()
    kept, values_kept = _kept(table, set_aside)
    gone = connection.execute(
        f"""
        insert into {table.name} by name
        select known.* replace ($now as recorded_at, true as is_withdrawn)
        from known_version as known
        anti join incoming_version as incoming on {there}
        where not known.is_withdrawn and not ({kept})
        """,
        {"now": now, **values_kept},
    ).fetchall()
    check(connection, table, where=f"source = {sql_literal(source)}")
    return int(fresh[0][0]) + int(gone[0][0])


def _kept(table: Table, set_aside: Sequence[SetAside]) -> tuple[str, dict[str, str | int]]:
    """Return the condition for earlier rows (`known`) of items that were set aside, and the values that it is bound to.

    The condition is true for all rows if an item cannot be recognised; items with no column of this table are of another.
    """
    values: dict[str, str | int] = {}
    conditions = ["false"]
    for one in set_aside:
        of_table = {name: value for name, value in (one.keeps or {}).items() if name in table.columns}
        terms: list[str] = []
        for name, value in of_table.items():
            terms.append(f"known.{name} is not distinct from $kept_{len(values)}")
            values[f"kept_{len(values)}"] = value
        if terms or not one.keeps:
            conditions.append(" and ".join(terms) or "true")
    return " or ".join(f"({condition})" for condition in conditions), values
