"""Checksums of tables: sums over rows, so that only the new week of a growing table has to be summed.

The checksum of a table is the sum of md5_number_lower(row as JSON) over its rows, whatever their order. Anyone can compute
it: `select sum(md5_number_lower(to_json(t)::varchar)) from base.model_week as t`. No large table is summed completely
at every release. Tables with a row for each model or author and week have their sums by week in meta.week_checksum. Other
large tables are compared with the last release row by row: differing rows are added to its sum or subtracted from it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.tables.core import AUTHOR_WEEK, BASE_MODEL_WEEK
from warehouse.tables.snapshots import SNAPSHOT_READING
from warehouse.tables.table import Table

# The tables whose sums are stored by week, with the column of the week.
KEPT_BY_WEEK = {BASE_MODEL_WEEK: "week", AUTHOR_WEEK: "week", SNAPSHOT_READING: "label"}
# From this number of rows on, comparing a table takes less time than summing it.
COMPARED_FROM_ROWS = 100_000
_SUM = "coalesce(sum(md5_number_lower(to_json(t)::varchar)), 0)"


@dataclass(frozen=True)
class Sum:
    """The number of rows of a table, and its checksum."""

    rows: int
    checksum: int


def table_sums(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], last: str | None = None
) -> dict[Table, Sum]:
    """Return the sums of tables, and complete meta.week_checksum.

    `last` is the name under which the last release of this database is attached; None if there is none to compare with.
    """
    sums: dict[Table, Sum] = {}
    for table in tables:
        if table in KEPT_BY_WEEK:
            _complete(connection, table)
            sums[table] = _sum_of_weeks(connection, table)
    others = [table for table in tables if table not in KEPT_BY_WEEK]
    for table, before in _large_before(connection, others, last).items():
        if (found := _sum_since(connection, table, f"{last}.{table.name}", before)) is not None:
            sums[table] = found
    return sums | _sums_at_once(connection, [table for table in others if table not in sums])


def checksum(connection: duckdb.DuckDBPyConnection, table: Table) -> str:
    """Return a table's checksum as digits; weeks with a stored sum are not read again."""
    return str(table_sums(connection, [table])[table].checksum)


def row_sum(connection: duckdb.DuckDBPyConnection, table: Table) -> str:
    """Return a table's checksum as digits, summed over every row without using stored sums."""
    return str(_sums_at_once(connection, [table])[table].checksum)


def _sums_at_once(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> dict[Table, Sum]:
    if not tables:
        return {}
    by_name = {table.name: table for table in tables}
    each = [f"select '{name}', count(*), {_SUM} from {name} as t" for name in by_name]
    found = connection.execute(" union all ".join(each)).fetchall()
    return {by_name[name]: Sum(rows, int(total)) for name, rows, total in found}


def _sum_of_weeks(connection: duckdb.DuckDBPyConnection, table: Table) -> Sum:
    query = "select coalesce(sum(rows), 0), coalesce(sum(checksum), 0) from meta.week_checksum where table_name = ?"
    rows, total = connection.execute(query, [table.name]).fetchall()[0]
    return Sum(int(rows), int(total))


def _large_before(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], last: str | None) -> dict[Table, Sum]:
    """Return the tables that are large enough to compare with the last release, with their sums in it."""
    if last is None:
        return {}
    # Rows of another database, or of tables with another declaration, cannot be matched by their values.
    same = "select (created_at, declaration) from {}meta.warehouse"
    known = connection.execute(
        f"select checksums from {last}.meta.release where ({same.format('')}) = ({same.format(f'{last}.')}) "
        "order by version desc limit 1"
    ).fetchall()
    if not known:
        return {}
    by_name = {table.name: table for table in tables if table.name in known[0][0]}
    each = [f"select '{name}' as name, count(*) as rows from {last}.{name}" for name in by_name]
    large = connection.execute(f"from ({' union all '.join(each)}) where rows >= {COMPARED_FROM_ROWS}").fetchall()
    return {by_name[name]: Sum(rows, int(known[0][0][name])) for name, rows in large}


def _sum_since(connection: duckdb.DuckDBPyConnection, table: Table, before: str, sum_before: Sum) -> Sum | None:
    """Return the sum of a table from its sum as the table `before`; None if summing all rows is faster.

    Rows are compared by a 64-bit hash, which takes a thirtieth of the time of their sum.
    """
    connection.execute(
        f"""
        create or replace temp table differing_row as
        select now.place as added, before.place as gone
        from (select rowid as place, hash(t) as fingerprint from {table.name} as t) as now
        full join (select rowid as place, hash(t) as fingerprint from {before} as t) as before using (fingerprint)
        where now.place is null or before.place is null
        """
    )
    rows, added, gone = connection.execute(
        f"select (select count(*) from {table.name}), count(added), count(gone) from differing_row"
    ).fetchall()[0]
    # Duplicate rows have one hash, so the counts would not match.
    if added + gone > rows or rows != sum_before.rows + added - gone:
        return None
    total = sum_before.checksum
    for sign, name, places in ((1, table.name, "added"), (-1, before, "gone")):
        part = f"select {_SUM} from {name} as t where rowid in (select {places} from differing_row)"
        total += sign * int(connection.execute(part).fetchall()[0][0])
    return Sum(rows, total)


def forget(connection: duckdb.DuckDBPyConnection, table: Table, week: date) -> None:
    """Delete the stored sum of a week whose rows were replaced; it is computed again when needed."""
    connection.execute("delete from meta.week_checksum where table_name = ? and week = ?", [table.name, week])


@contextmanager
def rewriting(connection: duckdb.DuckDBPyConnection, table: Table, where: str) -> Iterator[None]:
    """Update the stored sums while the block replaces the rows that match `where`, a few rows of many weeks."""
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
    """Compute the sums of weeks without a stored sum, or whose number of rows has changed since."""
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
