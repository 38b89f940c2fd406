"""Checksums of tables: sums over rows, so that a table that grows by a week is summed over that week only.

The checksum of a table is the sum of md5_number_lower(row as JSON) over its rows, whatever their order. Anyone can compute
it: `select sum(md5_number_lower(to_json(t)::varchar)) from core.model_reading as t`. Tables with a row for each model or
author and week are too large to be read whole at every release: their sums by week are kept in meta.week_checksum.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import duckdb

from warehouse.table import Table
from warehouse.tables.core import AUTHOR_WEEK, MODEL_READING
from warehouse.tables.snapshots import SNAPSHOT_READING

# The tables whose sums are kept, with the column of their weeks.
KEPT_BY_WEEK = {MODEL_READING: "week", AUTHOR_WEEK: "week", SNAPSHOT_READING: "label"}
_SUM = "coalesce(sum(md5_number_lower(to_json(t)::varchar)), 0)"


def checksum(connection: duckdb.DuckDBPyConnection, table: Table) -> str:
    """Give a table's checksum, as digits; weeks whose sum is kept are not read again."""
    if table in KEPT_BY_WEEK:
        _complete(connection, table)
        query = f"select coalesce(sum(checksum), 0)::varchar from meta.week_checksum where table_name = '{table.name}'"
        return str(connection.execute(query).fetchall()[0][0])
    return row_sum(connection, table)


def row_sum(connection: duckdb.DuckDBPyConnection, table: Table) -> str:
    """Give a table's checksum, added up over every row whatever is kept."""
    return str(connection.execute(f"select {_SUM}::varchar from {table.name} as t").fetchall()[0][0])


def forget(connection: duckdb.DuckDBPyConnection, table: Table, week: date) -> None:
    """Forget the sum of a week whose rows were replaced: it is computed again when it is asked for."""
    connection.execute("delete from meta.week_checksum where table_name = ? and week = ?", [table.name, week])


@contextmanager
def rewriting(connection: duckdb.DuckDBPyConnection, table: Table, where: str) -> Iterator[None]:
    """Carry the sums along while the rows that fulfil `where`, a few of many weeks, are replaced by others that do."""
    part = f"select week, count(*) as rows, {_SUM} as checksum from {table.name} as t where {where} group by week"
    connection.execute(f"create or replace temp table checksum_before as {part}")
    yield
    connection.execute(
        f"""
        update meta.week_checksum as kept
        set rows = kept.rows + change.rows, checksum = kept.checksum + change.checksum
        from (
            select week, sum(rows)::bigint as rows, sum(checksum) as checksum
            from (
                from ({part})
                union all
                select week, -rows, -checksum from checksum_before
            )
            group by week
        ) as change
        where kept.table_name = '{table.name}' and kept.week = change.week
        """
    )


def _complete(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Compute the sums of the weeks that have none, or another number of rows than when it was computed."""
    week_of_row = KEPT_BY_WEEK[table]
    connection.execute(
        f"""
        create or replace temp table week_of_table as
        select {week_of_row} as week, count(*) as rows from {table.name} group by all
        """
    )
    connection.execute(
        """
        delete from meta.week_checksum
        where table_name = $table and (week, rows) not in (select (week, rows) from week_of_table)
        """,
        {"table": table.name},
    )
    missing = connection.execute(
        """
        select week from week_of_table
        anti join (from meta.week_checksum where table_name = $table) using (week)
        order by week
        """,
        {"table": table.name},
    ).fetchall()
    for (week,) in missing:
        connection.execute(
            f"""
            insert into meta.week_checksum by name
            select '{table.name}' as table_name, {week_of_row} as week, count(*) as rows, {_SUM} as checksum
            from {table.name} as t where {week_of_row} = $week group by {week_of_row}
            """,
            {"week": week},
        )
