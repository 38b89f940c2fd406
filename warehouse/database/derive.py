"""Derived tables: each is rebuilt from the facts by the SELECT in its file, then checked, in one transaction."""

import duckdb

from warehouse.database.comments import describe
from warehouse.database.connection import is_lake
from warehouse.tables.table import Table


class CheckError(RuntimeError):
    """A table violates its declared key or one of its checks."""


def derive(connection: duckdb.DuckDBPyConnection, table: Table) -> int | None:
    """Rebuild a derived table from its SELECT, sorted by its key, and check it; return the number of rows.

    A view is only created; the result is then None.

    Raises:
        CheckError: a key occurs twice, or a declared check fails; the caller must roll back.
    """
    if table.is_view:
        connection.execute(table.ddl())
        describe(connection, table)
        return None
    try:
        # The table that `prepare` made keeps its comments: storing those of all tables again took a third of the time.
        connection.execute(f"truncate {table.name}")
    except duckdb.CatalogException:
        connection.execute(table.ddl(in_lake=is_lake(connection)))
        describe(connection, table)
    inserted = connection.execute(
        f"insert into {table.name} by name from (\n{table.select}\n) order by {', '.join(table.key)}"
    ).fetchall()
    check(connection, table)
    return int(inserted[0][0])


def count(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Return the number of rows of a table."""
    return int(connection.execute(f"select count(*) from {table.name}").fetchall()[0][0])


def check(connection: duckdb.DuckDBPyConnection, table: Table, where: str = "true") -> None:
    """Check the rows of a table that match `where` against its declared key and checks.

    Raises:
        CheckError: names the table, the failed check, and one row that fails it.
    """
    key = ", ".join(table.key)
    broken = "".join(f", count(*) filter (not ({condition}))" for condition in table.checks.values())
    # One pass finds whether a check fails; the row is looked up only then. Counting distinct keys is cheaper than grouping.
    duplicates, *counts = connection.execute(
        f"select count(*) - (select count(*) from (select distinct {key} from {table.name} where {where})){broken} "
        f"from {table.name} where {where}"
    ).fetchall()[0]
    if duplicates:
        duplicate = connection.execute(
            f"select {key}, count(*) as rows from {table.name} where {where} group by all having count(*) > 1 limit 1"
        ).fetchall()
        raise CheckError(f"{table.name}: the key ({key}) occurs more than once: {duplicate[0]}")
    for (sentence, condition), rows in zip(table.checks.items(), counts, strict=True):
        if rows:
            found = connection.execute(
                f"select {key} from {table.name} where ({where}) and not ({condition}) limit 1"
            ).fetchall()
            raise CheckError(f"{table.name}: '{sentence}' does not hold for ({key}) = {found[0]}")
