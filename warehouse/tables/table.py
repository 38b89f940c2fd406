"""The declaration of a table: its grain, key, columns with their units, and the checks that each row must pass.

DDL, comments, checks, dependencies, the data dictionary and the Dagster asset of a table all follow from its declaration.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb

SQL = Path(__file__).parents[1] / "sql"


def sql_literal(text: str) -> str:
    """Return a text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Column:
    """A column's SQL type and the sentence that an analyst reads: its meaning and its unit.

    `references` names the column whose values these are, such as core.model.hub_id. `unpacked` turns off compression in a
    DuckDB file: looking up or updating a few names among millions is then five to ten times as fast, and takes twice the
    space.
    """

    type: str
    description: str
    required: bool = False
    unpacked: bool = False
    references: str = ""

    @property
    def meaning(self) -> str:
        """The description with the column that it references, as readers see it."""
        return f"{self.description} Key into {self.references}." if self.references else self.description

    def ddl(self, name: str, *, in_lake: bool = False) -> str:
        """Return the column's definition in a CREATE TABLE statement. A lake chooses the compression of its files itself."""
        parts = [name, self.type, "not null" if self.required else ""]
        parts += ["using compression uncompressed" if self.unpacked and not in_lake else ""]
        return " ".join(part for part in parts if part)


def required(type: str, description: str, *, unpacked: bool = False, references: str = "") -> Column:
    """Declare a column that is never NULL."""
    return Column(type, description, required=True, unpacked=unpacked, references=references)


@dataclass(frozen=True, eq=False)
class Table:
    """A table, or a view if `is_view`.

    `key` names the columns that identify a row. `checks` maps a sentence that must hold for every row to its SQL condition;
    a row for which the condition is NULL passes. `newest_week_only` limits the Parquet file to the newest week: a view that
    compares each week with others is too large to write for all weeks. `made_by` names the assets that write the table, where
    the asset of the same name, for a table of `base` that of its view in `core`, does not.
    """

    name: str
    description: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    checks: Mapping[str, str] = field(default_factory=dict[str, str])
    is_view: bool = False
    newest_week_only: bool = False
    made_by: tuple[str, ...] = ()

    @property
    def schema(self) -> str:
        """The schema: the part of the name before the dot."""
        return self.name.split(".")[0]

    @property
    def select_file(self) -> Path:
        """The file with the SELECT that derives this table from others. A table of facts has none."""
        return SQL / self.schema / f"{self.name.split('.')[1]}.sql"

    @property
    def is_derived(self) -> bool:
        """Whether the table is rebuilt from others."""
        return self.select_file.exists()

    @property
    def select(self) -> str:
        """The SELECT that derives this table."""
        return self.select_file.read_text(encoding="utf-8").strip().removesuffix(";")

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names of the tables and views that the SELECT reads; empty for a table of facts.

        What a table macro reads counts as read by the SELECT that calls it.
        """
        return _tables_read(self.select) if self.is_derived else frozenset()

    def ddl(self, *, in_lake: bool = False) -> str:
        """Return the statement that creates the table, if it is not there, or the view."""
        if self.is_view:
            return f"create or replace view {self.name} as {self.select}"
        columns = ", ".join(column.ddl(name, in_lake=in_lake) for name, column in self.columns.items())
        return f"create table if not exists {self.name} ({columns})"

    def comments(self, *, of_columns: bool = True) -> str:
        """Return the statements that store the description of the table, and of each column, as comments in the database."""
        kind = "view" if self.is_view else "table"
        about = f"{self.description} One row for {self.grain}."
        lines = [f"comment on {kind} {self.name} is {sql_literal(about)}"]
        lines += [
            f"comment on column {self.name}.{name} is {sql_literal(c.meaning)}"
            for name, c in self.columns.items()
            if of_columns
        ]
        return ";\n".join(lines)


def macro_select(name: str) -> str:
    """Return the SELECT of a table macro."""
    return (SQL / "macros" / f"{name}.sql").read_text(encoding="utf-8").strip()


def _tables_read(select: str) -> frozenset[str]:
    """Return the schema-qualified tables in a SELECT: without a schema, a name is that of a CTE or a temporary table.

    Raises:
        ValueError: DuckDB cannot parse the SELECT.
    """
    names: set[str] = set()

    def collect(node: dict[str, Any]) -> dict[str, Any]:
        if node.get("type") == "BASE_TABLE" and node["schema_name"]:
            names.add(f"{node['schema_name']}.{node['table_name']}")
        elif node.get("type") == "TABLE_FUNCTION" and node["function"]["schema"]:
            function = node["function"]
            names.update(_tables_read(macro_select(f"{function['schema']}.{function['function_name']}")))
        return node

    # A literal, not a parameter: binding the first parameter makes DuckDB import pandas, which takes 0.3 s.
    found = _parser().cursor().execute(f"select json_serialize_sql({sql_literal(select)})").fetchall()
    tree = json.loads(found[0][0], object_hook=collect)
    if tree["error"]:
        raise ValueError(f"cannot parse this SELECT: {tree['error_message']}\n{select}")
    return frozenset(names)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """Return an empty database in memory; each connection to a new one takes 10 ms."""
    return duckdb.connect()
