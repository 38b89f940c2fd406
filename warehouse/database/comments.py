"""The descriptions of the declarations, stored in the database as comments."""

import duckdb

from warehouse.database.connection import is_lake
from warehouse.tables.macros import Macro, ScalarMacro
from warehouse.tables.table import Table


def describe(connection: duckdb.DuckDBPyConnection, *described: Table | Macro | ScalarMacro) -> None:
    """Store the comments of tables, views, macros and their columns in the database.

    A lake does not support comments on macros or on columns of views; the published file and the dictionary have them.
    """
    in_lake = is_lake(connection)
    statements: list[str] = []
    for one in described:
        if isinstance(one, Table):
            statements.append(one.comments(of_columns=not (in_lake and one.is_view)))
        elif not in_lake:
            statements.append(one.comments())
    connection.execute(";\n".join(statements))
