"""The worked questions: those of the guide, asked of a small demonstration whose answers are always the same.

tidegauge demo --weeks 3 --models 500
python -m warehouse.documentation.worked_questions warehouse/demo/published/tidegauge.duckdb > docs/questions.md
"""

import datetime
import sys
from collections.abc import Sequence

import duckdb

from warehouse.tables.meta import GUIDE

_HEAD = """# Worked questions

What people ask of the published file, with the query that answers it. The same questions are in the file itself: `from
meta.guide`. The answers here are those of the demonstration (`tidegauge demo --weeks 3 --models 500`): the Hub in them is
**made up**; what others have published is not. Ask your own file for yours:

```sh
duckdb -readonly warehouse/published/tidegauge.duckdb
```

This page is made by `python -m warehouse.documentation.worked_questions DATABASE > docs/questions.md`. A test compares it
with the demonstration.
"""


def questions(connection: duckdb.DuckDBPyConnection) -> str:
    """Give the page: each question of the guide with its query and what a release answers."""
    connection.execute("set TimeZone = 'UTC'")
    asked = connection.execute(
        f"select number, question, look_in, reading, example from ({GUIDE.select}) order by number"
    ).fetchall()
    return _HEAD + "".join(_section(connection, *one) for one in asked)


def _section(
    connection: duckdb.DuckDBPyConnection, number: int, question: str, look_in: str, reading: str, example: str
) -> str:
    answer = connection.execute(example)
    names = [name for name, *_ in answer.description or ()]
    lines = [_line(names), "|---" * len(names) + "|", *map(_line, answer.fetchall())]
    query = example.strip()
    return (
        f"\n## {number}. {question}\n\nLook in: {look_in}.\n\n```sql\n{query}\n```\n\n"
        + "\n".join(lines)
        + f"\n\n{reading}\n"
    )


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:,}".removesuffix(".0")
    if isinstance(value, datetime.datetime | bool):
        return str(value).lower()
    return str(value).replace("|", "\\|")


if __name__ == "__main__":
    with duckdb.connect(sys.argv[1], read_only=True) as release:
        print(questions(release), end="")
