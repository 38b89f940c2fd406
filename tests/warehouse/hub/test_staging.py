"""Staging tables match their declarations, also in the modules that use them."""

import re
from pathlib import Path

import duckdb
import pytest

from warehouse.hub import staging

ROOT = Path(__file__).parents[3]
FOLDERS = ("assets", "warehouse")
FILES = [
    file
    for folder in FOLDERS
    for kind in ("*.py", "*.sql")
    for file in (ROOT / folder).rglob(kind)
    if file.name != "staging.py"
]


@pytest.mark.parametrize("table", staging.TABLES, ids=lambda table: table.name)
def test_a_staging_table_is_used_by_the_declared_modules_only(table):
    used = re.compile(rf"(?<![`\w]){table.name}(?![`\w])")  # in backquotes it is only mentioned
    found = {str(file.relative_to(ROOT)) for file in FILES if used.search(file.read_text(encoding="utf-8"))}
    assert found == {table.filled_by, *table.read_by}


@pytest.mark.parametrize("table", staging.TABLES, ids=lambda table: table.name)
def test_a_table_made_from_the_declaration_passes_and_another_one_is_named(table):
    with duckdb.connect() as connection:
        connection.execute(table.ddl())
        staging.verify(connection, table)
        connection.execute(f"alter table {table.name} rename {next(iter(table.columns))} to other")
        with pytest.raises(staging.StagingError, match=rf"{table.name}: .*other"):
            staging.verify(connection, table)
        connection.execute(table.ddl())
        connection.execute(f"alter table {table.name} alter {next(iter(table.columns))} type blob")
        with pytest.raises(staging.StagingError, match=rf"{table.name}: .*BLOB"):
            staging.verify(connection, table)
