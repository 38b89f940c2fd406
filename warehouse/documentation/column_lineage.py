"""Column lineage: which columns each column of a derived table is computed from.

`python -m warehouse.documentation.column_lineage` parses every SELECT with sqlglot and writes `column_lineage.csv`. Run
it after changing a SELECT. The file carries a fingerprint of the SELECTs that it was made from.
"""

import csv
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.database.schema import TABLES
from warehouse.tables.table import Table

if TYPE_CHECKING:
    from sqlglot.expressions import Query

FILE = Path(__file__).with_name("column_lineage.csv")
_HEADER = ("table", "column", "from_table", "from_column")
Origins = dict[str, tuple[tuple[str, str], ...]]


def column_origins(table: Table) -> Origins:
    """Give, for each column of a derived table, the (table, column) pairs that its SELECT reads it from, sorted.

    A column that is a constant or a count of rows is made of none, and is not there.
    """
    return _kept().get(table.name, {})


def fingerprint() -> str:
    """Give the fingerprint of every SELECT and of the columns that it can read."""
    parts = [f"{table.name} {' '.join(table.columns)} {table.select if table.is_derived else ''}" for table in TABLES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def kept_fingerprint() -> str:
    """Give the fingerprint of what the kept file was made from."""
    return FILE.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def trace(table: Table) -> Origins:
    """Read the origins of each column out of a table's SELECT. Needs sqlglot, which only developers have."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    columns: dict[str, Any] = {}
    for other in TABLES:
        schema, name = other.name.split(".")
        columns.setdefault(schema, {})[name] = {name: column.type for name, column in other.columns.items()}
    parsed = sqlglot.parse_one(table.select, dialect="duckdb")
    query = qualify(parsed, schema=columns, dialect="duckdb", validate_qualify_columns=False)
    for union in reversed(list(query.find_all(exp.Union))):
        if union.args.get("by_name"):
            _put_in_order(union)
    scope = build_scope(query)
    origins: Origins = {}
    for column in table.columns:
        leaves = [
            leaf
            for leaf in lineage(column, query, columns, scope=scope, dialect="duckdb").walk()
            if not leaf.downstream
        ]
        found = {
            (f"{leaf.source.db}.{leaf.source.name}", leaf.name.rpartition(".")[2].strip('"'))
            for leaf in leaves
            if isinstance(leaf.source, exp.Table)
        }
        known = {(name, column) for name, column in found if column in _columns_of(name)}
        if known:
            origins[column] = tuple(sorted(known))
    return origins


def _columns_of(name: str) -> Iterable[str]:
    return next((table.columns for table in TABLES if table.name == name), {})


def _put_in_order(union: "Query") -> None:
    """Write a union by name as one by position: sqlglot follows positions."""
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


@cache
def _kept() -> dict[str, Origins]:
    with FILE.open(encoding="utf-8", newline="") as file:
        next(file)
        origins: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for row in csv.DictReader(file):
            pairs = origins.setdefault(row["table"], {}).setdefault(row["column"], [])
            pairs.append((row["from_table"], row["from_column"]))
    return {table: {column: tuple(pairs) for column, pairs in rows.items()} for table, rows in origins.items()}


def write() -> None:
    """Write the file anew."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {fingerprint()}\n")
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(_HEADER)
        for table in TABLES:
            if table.is_derived:
                for column, pairs in trace(table).items():
                    rows.writerows((table.name, column, *pair) for pair in pairs)


if __name__ == "__main__":
    write()
