"""Insert rows from Python in bulk: inserting row by row takes DuckDB a hundred times as long."""

from collections.abc import Sequence

import duckdb

from warehouse.tables.table import Table


def insert(
    connection: duckdb.DuckDBPyConnection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Insert rows with one value for each of `columns`; other columns are NULL."""
    import polars as pl

    frame = pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)
    connection.register("incoming_rows", frame.to_arrow())
    connection.execute(f"insert into {table.name} by name from incoming_rows")
    connection.unregister("incoming_rows")
