"""Everything that is derived, made anew from the facts in the order in which one needs the other."""

import re
from graphlib import TopologicalSorter

import duckdb

from warehouse.database.derive import derive
from warehouse.database.schema import TABLES
from warehouse.hub import closure
from warehouse.tables.lineage import BASE_MODEL_ANCESTOR, BASE_MODEL_FAMILY
from warehouse.tables.table import Table

_BY_NAME = {table.name: table for table in TABLES}


def derive_all(connection: duckdb.DuckDBPyConnection, up_to: Table | None = None) -> None:
    """Derive every table, or those that `up_to` needs and itself. Raises CheckError like `derive`."""
    wanted = _needed(up_to) if up_to else set(_BY_NAME)
    if BASE_MODEL_ANCESTOR.name in wanted:
        closure.close(connection)
    for name in _order():
        table = _BY_NAME[name]
        is_made = table.is_view or table in (BASE_MODEL_ANCESTOR, BASE_MODEL_FAMILY)
        if table.is_derived and name in wanted and not is_made:
            derive(connection, table)


def _order() -> list[str]:
    return list(TopologicalSorter({table.name: reads(table) for table in TABLES}).static_order())


def _needed(table: Table) -> set[str]:
    return {table.name}.union(*(_needed(_BY_NAME[name]) for name in reads(table)))


def reads(table: Table) -> set[str]:
    """Return the names of the tables that the SELECT of a derived table names; a fact reads none."""
    if not table.is_derived:
        return set()
    named = set(re.findall(r"\b(?:base|core|growth|charts|meta)\.\w+", table.select))
    return (named & set(_BY_NAME)) - {table.name}
