"""Rebuild all derived tables from the facts, in the order of their dependencies."""

from graphlib import TopologicalSorter

import duckdb

from warehouse.database.derive import derive
from warehouse.database.schema import TABLES
from warehouse.hub import closure
from warehouse.tables.lineage import BASE_MODEL_ANCESTOR, BASE_MODEL_FAMILY
from warehouse.tables.table import Table

_BY_NAME = {table.name: table for table in TABLES}


def derive_all(connection: duckdb.DuckDBPyConnection, up_to: Table | None = None) -> None:
    """Derive every table, or only `up_to` and the tables that it needs. Raises CheckError like `derive`."""
    wanted = _needed(up_to) if up_to else set(_BY_NAME)
    if BASE_MODEL_ANCESTOR.name in wanted:
        closure.close(connection)
    for name in TopologicalSorter({table.name: table.reads for table in TABLES}).static_order():
        table = _BY_NAME[name]
        is_made = table.is_view or table in (BASE_MODEL_ANCESTOR, BASE_MODEL_FAMILY)
        if table.is_derived and name in wanted and not is_made:
            derive(connection, table)


def _needed(table: Table) -> set[str]:
    return {table.name}.union(*(_needed(_BY_NAME[name]) for name in table.reads))
