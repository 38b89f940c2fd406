"""The files of explore.html: each name and each reading is in them once, and what has not changed is not written again."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from warehouses import warehouse_at

from assets.release import release
from warehouse.database.checksums import KEPT_BY_WEEK
from warehouse.database.connection import File, writing
from warehouse.release.publish import publish
from warehouse.tables.core import BASE_MODEL_WEEK

FIRST = datetime(2026, 9, 21, 6, tzinfo=UTC)
MODELS = 3000
READINGS = "explore/readings/{}/models-0.parquet"


def fill(database: Path, now: datetime) -> None:
    """Write one week: every model has its key plus the week's number as downloads, but each tenth has no reading."""
    with writing(warehouse_at(database)) as connection:
        week = now.date()
        connection.execute(
            """
            insert into core.model by name
            select n as model_key, printf('%024x', n) as hub_id, 'Owner' || n % 50 || '/Model-' || n as id,
                   timestamptz '2024-01-01' as created_at, ?::date as name_since, ?::date as first_seen,
                   ?::date as last_seen
            from range(1, ? + 1) as t(n) where not exists (from core.model)
            """,
            [week, week, week, MODELS],
        )
        connection.execute(
            "insert into base.model_week select ?::date, n, if(n % 10 = 0, null, n + ?), n, 1 from range(1, ? + 1) as t(n)",
            [week, week.isocalendar().week, MODELS],
        )
        connection.execute(
            "update core.model set downloads_30d_now = reading.downloads_30d, likes_now = reading.likes, "
            "downloads_all_time_now = reading.downloads_all_time from base.model_week as reading "
            "where reading.model_key = core.model.model_key and reading.week = $1::date",
            [week],
        )


def published(tmp_path: Path, now: datetime) -> Path:
    folder = tmp_path / "published"
    publish(File(tmp_path / "working" / "tidegauge.duckdb"), folder, now, partial(release._pages, folder))
    return folder


def rows(file: Path) -> list[tuple]:
    return duckdb.sql(f"from '{file}'").fetchall()


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Publish two weeks, on both sides of the end of a quarter."""
    database = tmp_path / "working" / "tidegauge.duckdb"
    for number in range(2):
        fill(database, FIRST + timedelta(weeks=2 * number))
    return published(tmp_path, FIRST + timedelta(weeks=2))


def test_every_name_and_every_reading_is_there_once(released):
    names = rows(released / "explore" / "names" / "0.parquet")
    assert len(names) == 2 * MODELS
    assert names == sorted(names, key=lambda row: (row[0], -(row[4] or -1), row[1], row[2]))
    assert {(text, key) for text, _, _, key, _ in names} == {
        (text, n) for n in range(1, MODELS + 1) for text in (f"owner{n % 50}/model-{n}", f"model-{n}")
    }
    tops = rows(released / "explore" / "tops.parquet")
    for block in range(len(names) // 2048 + 1):
        best = sorted((row[4] or -1 for row in names[block * 2048 : (block + 1) * 2048]), reverse=True)[:8]
        assert sorted((row[5] or -1 for row in tops if row[0] == block), reverse=True) == best
    start = json.loads((released / "explore" / "start.json").read_text(encoding="utf-8"))
    assert start["names"] == [names[0][0]]
    assert [(one["name"], one["monday"], one["last_monday"]) for one in start["quarters"]] == [
        ("2026Q3", "2026-07-06", "2026-09-28"),
        ("2026Q4", "2026-10-05", "2026-12-28"),
    ]
    for quarter, place, week in (("2026Q3", 11, FIRST), ("2026Q4", 0, FIRST + timedelta(weeks=2))):
        found = {key: values for key, values in rows(released / READINGS.format(quarter))}
        assert set(found) == set(range(1, MODELS + 1))
        for key, values in found.items():
            expected = [None] * 14
            expected[place] = None if key % 10 == 0 else key + week.isocalendar().week
            assert values == expected, key


def test_row_groups_are_small_enough_to_be_read_alone(released):
    for file in (released / "explore").rglob("*.parquet"):
        found = duckdb.sql(
            f"select max(row_group_num_rows), count(*) filter (stats_min_value is null) from parquet_metadata('{file}') "
            "where path_in_schema in ('text', 'key', 'block')"
        ).fetchall()
        assert found[0][0] is None or found[0][0] <= 2048
        assert found[0][1] == 0


def test_a_past_quarter_is_linked_until_a_reading_of_it_changes(tmp_path, released):
    past, present = READINGS.format("2026Q3"), READINGS.format("2026Q4")
    before = {path: (released / path).stat().st_ino for path in (past, present)}
    database = tmp_path / "working" / "tidegauge.duckdb"
    fill(database, FIRST + timedelta(weeks=3))
    published(tmp_path, FIRST + timedelta(weeks=3))
    assert (released / past).stat().st_ino == before[past]
    assert (released / present).stat().st_ino != before[present]
    # A damaged file is written again.
    whole = (released / past).read_bytes()
    (released / past).unlink()
    (released / past).write_bytes(whole[:-1] + b"?")
    published(tmp_path, FIRST + timedelta(weeks=3, hours=1))
    assert (released / past).read_bytes() == whole
    # So is one of which a reading was corrected.
    with writing(database) as connection:
        column = KEPT_BY_WEEK[BASE_MODEL_WEEK]
        connection.execute(
            f"update base.model_week set downloads_30d = 7 where model_key = 5 and {column} = ?", [FIRST.date()]
        )
        connection.execute("delete from meta.week_checksum where week = ?", [FIRST.date()])
    published(tmp_path, FIRST + timedelta(weeks=3, hours=2))
    assert rows(released / past)[4] == (5, [*[None] * 11, 7, None, None])


def test_what_no_longer_belongs_to_the_release_is_removed(tmp_path, released):
    stale = released / "explore" / "readings" / "2019Q1" / "models-0.parquet"
    stale.parent.mkdir()
    stale.write_bytes(b"")
    published(tmp_path, FIRST + timedelta(weeks=2, hours=1))
    assert not stale.parent.exists()
    assert (released / "explore" / "explore.js").exists()


def test_a_release_without_a_walk_has_an_empty_index(tmp_path):
    warehouse_at(tmp_path / "working" / "tidegauge.duckdb")
    folder = published(tmp_path, FIRST)
    start = json.loads((folder / "explore" / "start.json").read_text(encoding="utf-8"))
    assert (start["names"], start["week"], start["quarters"]) == ([], None, [])
