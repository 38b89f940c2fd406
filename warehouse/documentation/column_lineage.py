"""Column lineage: which columns each column of a derived table is computed from, read from its SELECT with sqlglot."""

import logging
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from warehouse.database.schema import TABLES
from warehouse.tables.table import Table

if TYPE_CHECKING:
    from sqlglot.expressions import Query
    from sqlglot.lineage import Node
    from sqlglot.schema import MappingSchema

Origins = dict[str, tuple[tuple[str, str], ...]]


@cache
def column_origins(table: Table) -> Origins:
    """Return, for each column of a derived table, the (table, column) pairs that it is computed from, sorted.

    A column that is a constant or a count of rows has no origin and is left out. A fact has no origins at all.

    Raises:
        sqlglot.errors.SqlglotError: sqlglot cannot read the SELECT.
    """
    if not table.is_derived:
        return {}
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
