"""The data dictionary, made from the declarations that the comments in the database are made from.

python -m warehouse.dictionary > docs/data_dictionary.md
"""

from warehouse.schema import TABLES
from warehouse.table import Table


def dictionary() -> str:
    """Give the page: every table with its grain and key, every column with its type and meaning."""
    head = (
        "# Data dictionary\n\nMade from the declarations in `warehouse/tables/` by `python -m warehouse.dictionary`. The same "
        "words stand as comments in the database.\n"
    )
    return head + "".join(map(_section, TABLES))


def _section(table: Table) -> str:
    derived = f" Derived by [{table.select_file.name}](../{_relative(table)})." if table.is_derived else ""
    lines = [
        f"\n## {table.name}\n",
        f"{table.description} One row for {table.grain}.{derived}\n",
        f"{'View' if table.is_view else 'Table'}; key: {', '.join(f'`{column}`' for column in table.key)}.\n",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {column.type}{'' if column.required else ', may be NULL'} | {column.description} |"
        for name, column in table.columns.items()
    ]
    return "\n".join(lines) + "\n"


def _relative(table: Table) -> str:
    return f"warehouse/sql/{table.schema}/{table.select_file.name}"


if __name__ == "__main__":
    print(dictionary(), end="")
