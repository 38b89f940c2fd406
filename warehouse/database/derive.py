"""Derived tables: each is rebuilt whole from the facts by the one SELECT in its file, checked, and only then kept."""

import duckdb

from warehouse.database.comments import describe
from warehouse.database.connection import is_lake
from warehouse.tables.table import Table


class CheckError(RuntimeError):
    """Rows of a table do not hold what its declaration promises."""


def derive(connection: duckdb.DuckDBPyConnection, table: Table) -> int | None:
    """Rebuild a derived table from its SELECT, in the order of its key, and check it; return its number of rows.

    A view is only created: it has no rows of its own, and None for their number.

    Raises:
        CheckError: a key occurs twice, or a declared check fails; the caller's transaction is to be rolled back.
    """
    if table.is_view:
        connection.execute(table.ddl())
        describe(connection, table)
        return None
    connection.execute(table.ddl(replace=True, in_lake=is_lake(connection)))
    inserted = connection.execute(
        f"insert into {table.name} by name from (\n{table.select}\n) order by {', '.join(table.key)}"
    ).fetchall()
    describe(connection, table)
    check(connection, table)
    return int(inserted[0][0])


def count(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Give the number of rows of a table."""
    return int(connection.execute(f"select count(*) from {table.name}").fetchall()[0][0])


def check(connection: duckdb.DuckDBPyConnection, table: Table, where: str = "true") -> None:
    """Check the rows of a table, or those that fulfil `where`, against its declaration.

    Raises:
        CheckError: names the table, the promise that is broken, and one row that breaks it.
    """
    key = ", ".join(table.key)
    broken = "".join(f", count(*) filter (not ({condition}))" for condition in table.checks.values())
    # In one pass, and only then which row it is: counting the distinct is much cheaper than counting each.
    surplus, *counts = connection.execute(
        f"select count(*) - (select count(*) from (select distinct {key} from {table.name} where {where})){broken} "
        f"from {table.name} where {where}"
    ).fetchall()[0]
    if surplus:
        doubled = connection.execute(
            f"select {key}, count(*) as rows from {table.name} where {where} group by all having count(*) > 1 limit 1"
        ).fetchall()
        raise CheckError(f"{table.name}: the key ({key}) occurs more than once: {doubled[0]}")
    for (promise, condition), rows in zip(table.checks.items(), counts, strict=True):
        if rows:
            found = connection.execute(
                f"select {key} from {table.name} where ({where}) and not ({condition}) limit 1"
            ).fetchall()
            raise CheckError(f"{table.name}: '{promise}' does not hold for ({key}) = {found[0]}")
