"""Growth of models and authors: against the week exactly so many weeks before, or not at all."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from warehouse import schema
from warehouse.connection import reading, writing
from warehouse.derivation import derive
from warehouse.tables.growth import AUTHOR, MODEL

MONDAY = date(2026, 3, 2)
# Weeks from the first on; week 3 was missed. Downloads of models 1 (author a), 2 (author a), 3 (author b).
READINGS = {0: (100, 10, 0), 1: (150, 20, 5), 2: (75, None, 5), 4: (300, 40, 5), 13: (200, 20, 1), 52: (400, 80, 2)}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Give a database with three models over a year."""
    path = tmp_path / "w.duckdb"
    with writing(path) as connection:
        schema.prepare(connection, datetime(2026, 3, 2, tzinfo=UTC))
        connection.execute(
            """
            insert into core.model by name
            select n as model_key, printf('%024x', n) as hub_id, if(n < 3, 'a/', 'b/') || n as id, if(n < 3, 'a', 'b') as author,
                   timestamptz '2024-01-01' as created_at, ? as name_since, ? as first_seen, ? as last_seen
            from range(1, 4) as t(n)
            """,
            [MONDAY, MONDAY, MONDAY + timedelta(weeks=52)],
        )
        for week, downloads in READINGS.items():
            for key, value in enumerate(downloads, 1):
                connection.execute(
                    "insert into core.model_reading values (?, ?, ?, ?, 0)",
                    [MONDAY + timedelta(weeks=week), key, value, value],
                )
        derive(connection, MODEL)
        derive(connection, AUTHOR)
    return path


def changes(path: Path, table: str, key: str) -> dict[int, tuple]:
    columns = "change_pct_1_week, change_pct_4_weeks, change_pct_13_weeks, change_pct_52_weeks, rank"
    with reading(path) as connection:
        rows = connection.execute(f"select week, {columns} from {table} where {key} order by week").fetchall()
    return {(week - MONDAY).days // 7: tuple(rest) for week, *rest in rows}


def test_a_model_is_compared_with_the_exact_week_and_a_gap_stays_a_gap(database):
    assert changes(database, "growth.model", "hub_id like '%1'") == {
        0: (None, None, None, None, 1),
        1: (50.0, None, None, None, 1),
        2: (-50.0, None, None, None, 1),
        4: (None, 200.0, None, None, 1),
        13: (None, None, 100.0, None, 1),
        52: (None, None, None, 300.0, 1),
    }


def test_zero_and_missing_bases_give_no_rate_and_missing_readings_no_rank(database):
    assert changes(database, "growth.model", "hub_id like '%3'")[1][0] is None, "from zero there is no rate"
    assert changes(database, "growth.model", "hub_id like '%2'")[2] == (None, None, None, None, None)


def test_an_author_is_the_sum_of_what_is_known(database):
    assert changes(database, "growth.author", "author = 'a'")[1] == (pytest.approx(100 * 60 / 110), None, None, None, 1)
    with reading(database) as connection:
        assert connection.execute(
            "select models, downloads_30d from growth.author where author = 'a' and week = '2026-03-16'"
        ).fetchall() == [(2, 75)]
