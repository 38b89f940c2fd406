"""The words of the declarations, written into the database as comments."""

import duckdb

from warehouse.macros import Macro
from warehouse.table import Table

_KIND = "select type from duckdb_databases() where database_name = current_database()"


def describe(connection: duckdb.DuckDBPyConnection, *described: Table | Macro) -> None:
    """Write the comments of tables, views, macros and their columns into the database.

    A lake keeps none of macros, nor of the columns of a view: these are told by the published file and the dictionary.
    """
    is_lake = connection.execute(_KIND).fetchall()[0][0] == "ducklake"
    statements: list[str] = []
    for one in described:
        if isinstance(one, Table):
            statements.append(one.comments(of_columns=not (is_lake and one.is_view)))
        elif not is_lake:
            statements.append(one.comments())
    connection.execute(";\n".join(statements))
