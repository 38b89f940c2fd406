"""The schema of the warehouse: create every declared table, view and macro in a database, with its comments."""

import hashlib
from datetime import datetime
from functools import cache

import duckdb

from warehouse.database.comments import describe
from warehouse.database.connection import is_lake
from warehouse.migrations import migrate, newest
from warehouse.tables import (
    adoption,
    benchmarks,
    core,
    facets,
    funding,
    growth,
    history,
    inference,
    lineage,
    makers,
    meta,
    reference_data,
    short_views,
    snapshots,
    training,
)
from warehouse.tables.charts import hub
from warehouse.tables.macros import MACROS, SCALAR_MACROS, Macro, ScalarMacro
from warehouse.tables.table import Table

TABLES: tuple[Table, ...] = (
    *core.TABLES,
    *history.TABLES,
    *lineage.TABLES,
    *facets.TABLES,
    *reference_data.TABLES,
    *makers.TABLES,
    *funding.TABLES,
    *inference.TABLES,
    *benchmarks.TABLES,
    *training.TABLES,
    *adoption.TABLES,
    *snapshots.TABLES,
    *growth.TABLES,
    *hub.TABLES,
    *meta.TABLES,
    *short_views.TABLES,
)

# Every schema, in the order of its first table.
SCHEMAS = tuple(dict.fromkeys(table.schema for table in TABLES))

_DESCRIBED: tuple[Table | Macro | ScalarMacro, ...] = (*TABLES, *MACROS, *SCALAR_MACROS)


class OriginError(RuntimeError):
    """Sandbox rows were about to be added to a database of live rows, or live rows to one of the sandbox."""


def prepare(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Create every missing schema, table, view, macro and comment, and migrate the facts of an earlier release.

    Does nothing if no declaration has changed.

    Raises:
        NewerSchemaError: a later release has written this database.
    """
    declared = _declared()
    known = _known(connection)
    if known == (newest(), declared):
        return
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    in_lake = is_lake(connection)
    if known:
        migrate(connection, known[0], in_lake=in_lake)
        _drop_outdated(connection, in_lake=in_lake)
    for table in TABLES:
        if not table.is_view:
            connection.execute(table.ddl(in_lake=in_lake))
    for formula in SCALAR_MACROS:  # views call them
        connection.execute(formula.ddl())
    for table in TABLES:
        if table.is_view:
            connection.execute(table.ddl())
    for macro in MACROS:
        connection.execute(macro.ddl())
    describe(connection, *_DESCRIBED)
    connection.execute(
        "insert into meta.warehouse select null, ?, null, ? where not exists (from meta.warehouse)", [newest(), now]
    )
    connection.execute("update meta.warehouse set schema_version = ?, declaration = ?", [newest(), declared])


@cache
def _declared() -> str:
    """Return the fingerprint of all declarations, which cannot change while the process runs."""
    return hashlib.md5(
        "".join(one.ddl() + one.comments() for one in _DESCRIBED).encode(), usedforsecurity=False
    ).hexdigest()


def _known(connection: duckdb.DuckDBPyConnection) -> tuple[int, str] | None:
    """Return the schema version and the fingerprint of the existing tables; None for a new database."""
    try:
        found = connection.execute("select schema_version, declaration from meta.warehouse").fetchall()
    except duckdb.CatalogException:
        return None
    version, declaration = found[0]
    return version, declaration


def _drop_outdated(connection: duckdb.DuckDBPyConnection, *, in_lake: bool) -> None:
    """Drop derived tables and views whose kind or columns have changed; `prepare` creates them again."""
    derived = [table for table in TABLES if table.is_derived]
    with duckdb.connect() as declaring:
        for schema in SCHEMAS:
            declaring.execute(f"create schema if not exists {schema}")
        for table in derived:
            if not table.is_view:
                declaring.execute(table.ddl(in_lake=in_lake))
        declared = _columns(declaring)
    there = _columns(connection)
    views = {
        name
        for (name,) in connection.execute(
            "select schema_name || '.' || view_name from duckdb_views() "
            "where not internal and database_name = current_database()"
        ).fetchall()
    }
    for table in derived:
        if table.is_view and table.name in there:
            connection.execute(f"drop table {table.name}")
        elif not table.is_view and table.name in views:
            connection.execute(f"drop view {table.name}")
        elif not table.is_view and table.name in there and there[table.name] != declared[table.name]:
            connection.execute(f"drop table {table.name}")


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the columns of each table with their types and whether they may be NULL, in their order, as one text."""
    return dict(
        connection.execute(
            """
            select schema_name || '.' || table_name,
                string_agg(concat_ws(' ', column_name, data_type, is_nullable), ', ' order by column_index)
            from duckdb_columns() join duckdb_tables() using (database_name, schema_name, table_name)
            where not duckdb_columns.internal and database_name = current_database()
            group by all
            """
        ).fetchall()
    )


def assert_origin(connection: duckdb.DuckDBPyConnection, origin: str) -> None:
    """Record the origin of the rows that are about to be added, `live` or `sandbox`.

    Raises:
        OriginError: the database holds rows of the other origin.
    """
    row = connection.execute("select origin from meta.warehouse").fetchone()
    if row is None or row[0] is None:
        connection.execute("update meta.warehouse set origin = ?", [origin])
    elif row[0] != origin:
        raise OriginError(
            f"this database holds {row[0]} rows, and {origin} rows were about to be added: a database never holds both. "
            "Nothing was changed. Set TIDEGAUGE_HOME to another folder, or TIDEGAUGE_HUB_URL to the service you mean."
        )
