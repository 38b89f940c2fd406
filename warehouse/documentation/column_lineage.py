"""Column lineage: which columns each column of a derived table is computed from, read from its SELECT with sqlglot.

Tracing every SELECT takes seconds of CPU. `python -m warehouse.documentation.column_lineage` stores the result in a file
that git ignores; `make` runs it after a change of a SELECT or of a declaration. While a SELECT differs from that file, each
process traces the lineage again.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.database.schema import TABLES
from warehouse.tables.table import Table

if TYPE_CHECKING:
    from sqlglot.expressions import Query
    from sqlglot.lineage import Node
    from sqlglot.schema import MappingSchema

Origins = dict[str, tuple[tuple[str, str], ...]]
FILE = Path(__file__).with_name("column_lineage.json")


@cache
def column_origins(table: Table) -> Origins:
    """Return, for each column of a derived table, the (table, column) pairs that it is computed from, sorted.

    A column that is a constant or a count of rows has no origin and is left out. A fact has no origins at all.

    Raises:
        sqlglot.errors.SqlglotError: sqlglot cannot read the SELECT.
    """
    if not table.is_derived:
        return {}
    stored = _stored()
    return trace_columns(table) if stored is None else stored[table.name]


def trace_columns(table: Table) -> Origins:
    """Trace the columns of a derived table in its SELECT; returns and raises as `column_origins`."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    # sqlglot finds the origins behind an UNPIVOT, but warns that it does not search it for subqueries.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    parsed = sqlglot.parse_one(table.select, dialect="duckdb")
    query = qualify(parsed, schema=_declared(), dialect="duckdb", validate_qualify_columns=False)
    for union in reversed(list(query.find_all(exp.Union))):
        if union.args.get("by_name"):
            _put_in_order(union)
    # All columns at once, without a copy of the query for each: a tenth of the time.
    traced = lineage(
        None, query, _declared(), scope=build_scope(query), dialect="duckdb", trim_selects=False, copy=False
    )
    assert isinstance(traced, dict)
    columns = {other.name: other.columns for other in TABLES}
    origins: Origins = {}
    for column in table.columns:
        found = {
            (f"{leaf.source.db}.{leaf.source.name}", leaf.name.rpartition(".")[2].strip('"'))
            for leaf in _leaves(traced[column])
            if isinstance(leaf.source, exp.Table)
        }
        known = {(name, origin) for name, origin in found if origin in columns.get(name, {})}
        if known:
            origins[column] = tuple(sorted(known))
    return origins


def write_file() -> None:
    """Trace all derived tables and store the result."""
    tables = {table.name: trace_columns(table) for table in TABLES if table.is_derived}
    FILE.write_text(json.dumps({"fingerprint": _fingerprint(), "tables": tables}), encoding="utf-8")


@cache
def _stored() -> dict[str, Origins] | None:
    """Return the stored lineage of each table; None if there is none, or that of other SELECTs."""
    try:
        stored = json.loads(FILE.read_bytes())
    except FileNotFoundError:
        return None
    if stored["fingerprint"] != _fingerprint():
        return None
    return {
        name: {column: tuple((table, origin) for table, origin in pairs) for column, pairs in columns.items()}
        for name, columns in stored["tables"].items()
    }


def _fingerprint() -> str:
    """Return the fingerprint of every SELECT and of the columns that it can read."""
    parts = [f"{table.name} {' '.join(table.columns)} {table.select if table.is_derived else ''}" for table in TABLES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _declared() -> "MappingSchema":
    """Return the columns of all tables in the form in which sqlglot reads them."""
    from sqlglot.schema import MappingSchema

    columns: dict[str, Any] = {}
    for table in TABLES:
        schema, name = table.name.split(".")
        columns.setdefault(schema, {})[name] = {name: column.type for name, column in table.columns.items()}
    return MappingSchema(columns, dialect="duckdb", normalize=False)


def _leaves(root: "Node") -> "Iterator[Node]":
    """Yield the nodes without origins of their own, each once: columns of one query share their nodes."""
    seen = {id(root)}
    open_nodes = [root]
    while open_nodes:
        node = open_nodes.pop()
        if not node.downstream:
            yield node
        new = [below for below in node.downstream if id(below) not in seen]
        seen.update(map(id, new))
        open_nodes += new


def _put_in_order(union: "Query") -> None:
    """Rewrite a union by name as one by position, because sqlglot follows positions."""
    from sqlglot import exp

    def branches(query: exp.Query) -> list[exp.Select]:
        inner = query.unnest()
        if isinstance(inner, exp.SetOperation):
            return [*branches(inner.left), *branches(inner.right)]
        assert isinstance(inner, exp.Select)
        return [inner]

    selects = branches(union)
    names = list(dict.fromkeys(name for select in selects for name in select.named_selects))
    for select in selects:
        by_name = {one.alias_or_name: one for one in select.expressions}
        ordered = [by_name.get(name) or exp.alias_(exp.Null(), name, quoted=True) for name in names]
        select.set("expressions", ordered)
    union.set("by_name", False)


if __name__ == "__main__":
    write_file()
