"""The words of the declarations, written into the database as comments."""

import duckdb

from warehouse.database.connection import is_lake
from warehouse.tables.macros import Macro
from warehouse.tables.table import Table


def describe(connection: duckdb.DuckDBPyConnection, *described: Table | Macro) -> None:
    """Write the comments of tables, views, macros and their columns into the database.

    A lake keeps none of macros, nor of the columns of a view: these are told by the published file and the dictionary.
    """
    in_lake = is_lake(connection)
    statements: list[str] = []
    for one in described:
        if isinstance(one, Table):
            statements.append(one.comments(of_columns=not (in_lake and one.is_view)))
        elif not in_lake:
            statements.append(one.comments())
    connection.execute(";\n".join(statements))
