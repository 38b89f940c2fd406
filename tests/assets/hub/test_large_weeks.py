"""Weeks with more rows than a row group of DuckDB: inserted rows are visible without opening the database again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from assets.resources import Warehouse
from warehouse import migrations
from warehouse.database import schema
from warehouse.database.connection import File
from warehouse.hub import events, models

WEEKS = (date(2026, 11, 9), date(2026, 11, 16))
MORE_THAN_A_GROUP = 130_000
_INCOMING = """
    create or replace temp table incoming_model as
    select
        printf('%024x', n) as hub_id, 'author-' || n || '/model' as id, 'author-' || n as author,
        timestamptz '2024-01-01' as created_at, if($week > 0, 'mit', null) as licence, null::varchar as pipeline_tag,
        null::varchar as library, 'no' as gated, null::double as parameters_b, null::varchar as size_source,
        null::double as memory_gb, null::varchar as memory_qualifier,
        n as downloads_30d, n as downloads_all_time, n::integer as likes
    from range($models) as t(n)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[File]:
    """Yield a database that stays open, as in a refresh, with two weeks: all models are relicensed, none moves."""
    file = File(tmp_path / "tidegauge.duckdb")
    for number, week in enumerate(WEEKS):
        with file.writing() as connection:
            schema.prepare(connection, datetime.now(UTC))
            connection.execute(_INCOMING, {"week": number, "models": MORE_THAN_A_GROUP})
            models.add_week(connection, week)
            events.add_week(connection, week, datetime(week.year, week.month, week.day, 6, tzinfo=UTC), "test")
    yield file
    file.close()


def counted(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    tables = ("core.model", "base.model_week", "core.author", "core.author_week", "base.model_event")
    return {table: connection.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables}


def test_rows_are_seen_before_the_database_is_opened_again(database):
    with database.reading() as connection:
        found = counted(connection)
    assert found == {
        "core.model": MORE_THAN_A_GROUP,
        "base.model_week": 2 * MORE_THAN_A_GROUP,
        "core.author": MORE_THAN_A_GROUP,
        "core.author_week": 2 * MORE_THAN_A_GROUP,
        "base.model_event": MORE_THAN_A_GROUP,
    }
    database.close()
    with database.reading() as connection:
        assert counted(connection) == found


def test_an_earlier_file_without_a_model_is_brought_up_to_date_before_its_first_week(home):
    warehouse = Warehouse()
    with warehouse.writing() as connection:
        before = "update meta.warehouse set schema_version = ?, declaration = 'another'"
        connection.execute(before, [migrations.newest() - 1])
    with warehouse.writing() as connection:
        connection.execute(_INCOMING, {"week": 0, "models": MORE_THAN_A_GROUP})
        assert models.add_week(connection, WEEKS[0]).ever == MORE_THAN_A_GROUP
        found = counted(connection)
    assert {table: rows for table, rows in found.items() if rows} == dict.fromkeys(
        ("core.model", "base.model_week", "core.author", "core.author_week"), MORE_THAN_A_GROUP
    )
