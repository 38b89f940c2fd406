"""Rows from Python into a table, in bulk: row by row, DuckDB takes a hundred times as long."""

from collections.abc import Sequence

import duckdb

from warehouse.tables.table import Table


def insert(
    connection: duckdb.DuckDBPyConnection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Insert rows, each with a value for each of `columns`; the other columns are NULL."""
    import polars as pl

    frame = pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)
    connection.register("incoming_rows", frame.to_arrow())
    connection.execute(f"insert into {table.name} by name from incoming_rows")
    connection.unregister("incoming_rows")
