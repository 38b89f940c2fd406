"""Generate the data dictionary from the declarations in `warehouse/tables`, as the comments in the database are.

python -m warehouse.documentation.data_dictionary > docs/data_dictionary.md
"""

from collections.abc import Mapping

from warehouse.database.schema import TABLES
from warehouse.tables.macros import MACROS, SCALAR_MACROS, Macro, ScalarMacro
from warehouse.tables.table import Column, Table


def dictionary() -> str:
    """Return the page: macros, tables with grain, key and relations, and columns with type and meaning."""
    head = (
        "# Data dictionary\n\nGenerated from the declarations in `warehouse/tables/` by `python -m "
        "warehouse.documentation.data_dictionary`. The database has the same texts as comments. Start with `from guide` "
        "there, or with [the worked questions](questions.md).\n"
    )
    return head + "".join(map(_macro, MACROS)) + "".join(map(_formula, SCALAR_MACROS)) + "".join(map(_section, TABLES))


def _macro(macro: Macro) -> str:
    lines = [
        f"\n## {macro.signature}\n",
        f"{macro.description}\n",
        "Table macro. Parameters:\n",
        *(f"* `{name}`: {parameter.description}" for name, parameter in macro.parameters.items()),
    ]
    return "\n".join([*lines, "", *_columns(macro.columns)]) + "\n"


def _formula(macro: ScalarMacro) -> str:
    lines = [
        f"\n## {macro.signature}\n",
        f"{macro.description}\n",
        f"Macro, to be called like a function. Returns {macro.result.type}: {macro.result.description} Parameters:\n",
        *(f"* `{name}`: {meaning}" for name, meaning in macro.parameters.items()),
    ]
    return "\n".join(lines) + "\n"


def _section(table: Table) -> str:
    derived = f" Derived by [{table.select_file.name}](../{_relative(table)})." if table.is_derived else ""
    lines = [
        f"\n## {table.name}\n",
        f"{table.description} One row for {table.grain}.{derived}\n",
        f"{'View' if table.is_view else 'Table'}; key: {', '.join(f'`{column}`' for column in table.key)}."
        f"{_relations(table)}\n",
    ]
    return "\n".join(lines + _columns(table.columns)) + "\n"


def _columns(columns: Mapping[str, Column]) -> list[str]:
    lines = [
        f"| `{name}` | {column.type}{'' if column.required else ', may be NULL'} | {column.meaning} |"
        for name, column in columns.items()
    ]
    return ["| column | type | meaning |", "|---|---|---|", *lines]


def _relations(table: Table) -> str:
    """Return a sentence about the columns that refer to other tables."""
    references = [f"`{name}` to `{column.references}`" for name, column in table.columns.items() if column.references]
    return f" References: {', '.join(references)}." if references else ""


def _relative(table: Table) -> str:
    return f"warehouse/sql/{table.schema}/{table.select_file.name}"


if __name__ == "__main__":
    print(dictionary(), end="")
