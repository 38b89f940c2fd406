"""A file of an earlier release keeps working: what has been declared since is added, and what was there stays."""

from datetime import UTC, date, datetime

import pytest

from warehouse import schema
from warehouse.connection import writing
from warehouse.table import Table
from warehouse.tables.charts import HUB_MODELS
from warehouse.tables.core import METRIC, MODEL

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
WEEK = date(2026, 1, 5)


def without(table: Table, *columns: str) -> Table:
    """Give a table as it was declared before it had these columns."""
    kept = {name: column for name, column in table.columns.items() if name not in columns}
    return Table(table.name, table.description, table.grain, table.key, kept)


def earlier_release(path, tables):
    with writing(path) as connection:
        for table in tables:
            connection.execute(f"create schema if not exists {table.schema}")
            connection.execute(table.ddl())


def columns(connection, table):
    return {name for (name,) in connection.execute(f"select column_name from (describe {table.name})").fetchall()}


def test_facts_gain_the_columns_that_were_declared_since(tmp_path):
    path = tmp_path / "w.duckdb"
    earlier_release(
        path, [without(MODEL, "size_source", "memory_qualifier"), without(HUB_MODELS, "models", "qualifier")]
    )
    with writing(path) as connection:
        connection.execute(
            "insert into core.model by name select 1 as model_key, printf('%024x', 1) as hub_id, 'a/b' as id, "
            "timestamptz '2024-01-01' as created_at, ? as name_since, ? as first_seen, ? as last_seen, 7.0 as parameters_b",
            [WEEK, WEEK, WEEK],
        )
    for _ in range(2):
        with writing(path) as connection:
            schema.prepare(connection, NOW)
    with writing(path) as connection:
        assert connection.execute("select id, parameters_b, size_source from core.model").fetchall() == [
            ("a/b", 7.0, None)
        ]
        assert columns(connection, MODEL) == set(MODEL.columns)
        assert columns(connection, HUB_MODELS) == set(HUB_MODELS.columns), "what is derived is made anew"
        undescribed = connection.execute(
            "select column_name from duckdb_columns() where table_name = 'model' and schema_name = 'core' and comment is null"
        ).fetchall()
        assert undescribed == []


def test_a_column_that_is_never_null_cannot_be_added_to_facts(tmp_path):
    path = tmp_path / "w.duckdb"
    earlier_release(path, [without(METRIC, "kind")])
    with writing(path) as connection:
        connection.execute("insert into core.metric values ('m', 'title', 'unit', 'description')")
    with pytest.raises(schema.MissingColumnError, match=r"core\.metric .* lacks kind"), writing(path) as connection:
        schema.prepare(connection, NOW)
    with writing(path) as connection:
        assert connection.execute("select count(*) from core.metric").fetchall() == [(1,)]
        connection.execute("delete from core.metric")
    with writing(path) as connection:
        schema.prepare(connection, NOW)
        assert "kind" in columns(connection, METRIC), "an empty table is made anew"
