"""How a table is declared: once, with its grain, its key, its columns and their units, and what must hold for each row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SQL = Path(__file__).parents[1] / "sql"


def sql_literal(text: str) -> str:
    """Give a text as a string literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Column:
    """A column's SQL type and the sentence an analyst reads: its meaning and its unit.

    `unpacked` says that a file keeps its texts as they are: a few names among millions are then found, and changed, five
    to ten times as fast as where DuckDB packs them, in twice the space.
    """

    type: str
    description: str
    required: bool = False
    unpacked: bool = False

    def ddl(self, name: str, *, in_lake: bool = False) -> str:
        """Give what declares it in SQL. A lake packs its files as it likes."""
        parts = [name, self.type, "not null" if self.required else ""]
        parts += ["using compression uncompressed" if self.unpacked and not in_lake else ""]
        return " ".join(part for part in parts if part)


def required(type: str, description: str, *, unpacked: bool = False) -> Column:
    """Declare a column that is never NULL."""
    return Column(type, description, required=True, unpacked=unpacked)


@dataclass(frozen=True, eq=False)
class Table:
    """A table, or a view if `is_view`; from it follow its DDL, its comments, its checks and its place in the catalogue.

    `key` names the columns that identify a row. `checks` maps the sentence that must hold for every row to the SQL
    condition that says so; a condition that is NULL for a row counts as held. `newest_week_only` says that the Parquet
    file holds the newest week only: of a view that compares every week with others, all weeks are too much to write.
    """

    name: str
    description: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    checks: Mapping[str, str] = field(default_factory=dict[str, str])
    is_view: bool = False
    newest_week_only: bool = False

    @property
    def schema(self) -> str:
        """The schema, the part before the dot."""
        return self.name.split(".")[0]

    @property
    def select_file(self) -> Path:
        """The file with the one SELECT that derives this table from others; facts have none."""
        return SQL / self.schema / f"{self.name.split('.')[1]}.sql"

    @property
    def is_derived(self) -> bool:
        """Whether the table is rebuilt from others."""
        return self.select_file.exists()

    @property
    def select(self) -> str:
        """The SELECT that derives this table."""
        return self.select_file.read_text(encoding="utf-8").strip().removesuffix(";")

    def ddl(self, *, replace: bool = False, in_lake: bool = False) -> str:
        """Give the statement that makes the table, or the view."""
        if self.is_view:
            return f"create or replace view {self.name} as {self.select}"
        how = "create or replace table" if replace else "create table if not exists"
        columns = ", ".join(column.ddl(name, in_lake=in_lake) for name, column in self.columns.items())
        return f"{how} {self.name} ({columns})"

    def comments(self, *, of_columns: bool = True) -> str:
        """Give the statements that describe the table, and each of its columns, inside the database."""
        kind = "view" if self.is_view else "table"
        about = f"{self.description} One row for {self.grain}."
        lines = [f"comment on {kind} {self.name} is {sql_literal(about)}"]
        lines += [
            f"comment on column {self.name}.{name} is {sql_literal(c.description)}"
            for name, c in self.columns.items()
            if of_columns
        ]
        return ";\n".join(lines)
