"""The schema of the warehouse: every declared table, brought into a database and described there."""

import hashlib
from datetime import datetime

import duckdb

from warehouse.table import Table
from warehouse.tables import charts, core, growth, history, knowledge, lineage, meta

SCHEMA_VERSION = 2
TABLES: tuple[Table, ...] = (
    core.TABLES + history.TABLES + lineage.TABLES + knowledge.TABLES + growth.TABLES + charts.TABLES + meta.TABLES
)

# A function, not a table: what was believed at a moment.
OBSERVATION_AS_OF = """
create or replace macro core.observation_as_of(ts) as table
    select * from core.observation
    where recorded_at <= ts
    qualify row_number() over (
        partition by metric, entity, period_start, basis, source order by recorded_at desc
    ) = 1
"""


class OriginError(RuntimeError):
    """Rows of the sandbox were about to enter a database of live rows, or the other way round."""


class MissingColumnError(RuntimeError):
    """A database of an earlier release cannot be brought up to the declared tables."""


def prepare(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Make every schema, table, column, view and comment that is not there yet; nothing to do if nothing is declared anew.

    Raises:
        MissingColumnError: a table of facts lacks a column that is never NULL.
    """
    declared = hashlib.md5("".join(t.ddl() + t.comments() for t in TABLES).encode(), usedforsecurity=False).hexdigest()
    if _is_prepared(connection) and connection.execute("select declaration from meta.warehouse").fetchall() == [
        (declared,)
    ]:
        return
    for schema in ("core", "growth", "charts", "meta"):
        connection.execute(f"create schema if not exists {schema}")
    there = _columns(connection)
    for table in TABLES:
        if not table.is_view:
            connection.execute(table.ddl())
            if table.name in there:
                _add_columns(connection, table, there[table.name])
    for table in TABLES:
        if table.is_view:
            connection.execute(table.ddl())
    connection.execute(";\n".join(table.comments() for table in TABLES))
    connection.execute(OBSERVATION_AS_OF)
    connection.execute(
        "insert into meta.warehouse select null, ?, null, ? where not exists (from meta.warehouse)",
        [SCHEMA_VERSION, now],
    )
    connection.execute("update meta.warehouse set declaration = ?", [declared])


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Give the columns of every table that is there."""
    return dict(
        connection.execute(
            "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
            "where not internal group by all"
        ).fetchall()
    )


def _add_columns(connection: duckdb.DuckDBPyConnection, table: Table, there: list[str]) -> None:
    """Bring a table of an earlier release up to its declaration: facts gain columns, what is derived is made anew."""
    missing = [name for name in table.columns if name not in there]
    if missing and (table.is_derived or not connection.execute(f"from {table.name} limit 1").fetchall()):
        connection.execute(table.ddl(replace=True))
        return
    for name in missing:
        if table.columns[name].required:
            raise MissingColumnError(
                f"{table.name} was written by an earlier release and lacks {name}, which is never NULL: it cannot be "
                "added to rows that are there. Nothing was changed. Set TIDEGAUGE_HOME to another folder to begin anew."
            )
        connection.execute(f"alter table {table.name} add column {name} {table.columns[name].type}")


def _is_prepared(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'meta' and table_name = 'warehouse'"
    ).fetchall()
    return bool(found[0][0])


def claim(connection: duckdb.DuckDBPyConnection, origin: str) -> None:
    """State where the rows about to be added come from: `live` or `sandbox`.

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
