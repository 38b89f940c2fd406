"""From stored pages to staging tables: every record is loaded or set aside, and no figure is invented."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replay import Replay, model
from warehouses import warehouse_at

from assets.http.hub_service import hub_service
from assets.hub.load_records import PageRejectedError, find_unreadable, read_records, unreadable_records
from assets.hub.walk import walk_models
from warehouse.database.connection import File, writing
from warehouse.hub import models

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
WEEK = date(2026, 11, 16)


@contextmanager
def week_read(
    folder: Path, pages: list[Any], now: datetime = NOW, database: File | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Walk over replayed pages and parse them, in a write transaction of a database file: an open one, or the folder's."""
    with Replay(pages) as replay:
        walk = walk_models(hub_service(replay.url, None), folder / "landing", now)
    unreadable = unreadable_records(walk)
    for _ in range(2):
        with database.writing() if database else writing(warehouse_at(folder / "w.duckdb")) as connection:
            try:
                read_records(connection, walk, unreadable)
            except PageRejectedError:
                unreadable = find_unreadable(walk)
                connection.execute("rollback")
                connection.execute("begin")
                continue
            yield connection
            return


def add(folder: Path, pages: list[Any], now: datetime = NOW, database: File | None = None) -> models.WeekOfModels:
    with week_read(folder, pages, now, database) as connection:
        models.reject_records(connection, now.date(), "hugging_face_hub").raise_if_too_many_rejected()
        return models.add_week(connection, now.date())


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def one(connection: duckdb.DuckDBPyConnection, columns: str) -> tuple[Any, ...]:
    return connection.execute(f"select {columns} from incoming_model").fetchall()[0]


READABLE = [
    ({"downloads": None}, "downloads_30d", None),
    ({"downloads": 0}, "downloads_30d", 0),
    ({"downloads": 2**40}, "downloads_30d", 2**40),
    ({"downloadsAllTime": 10**15}, "downloads_all_time", 10**15),
    ({"downloads": 12.0}, "downloads_30d", 12),
    ({"createdAt": "2023-05-06T07:08:09.000Z"}, "created_at", datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC)),
    ({"createdAt": "2023-05-06T07:08:09.000Z", "_id": "f" * 24}, "hub_id", "f" * 24),
    ({"likes": None}, "likes", None),
    ({"gated": "manual"}, "gated", "manual"),
    ({"gated": "auto"}, "gated", "auto"),
    ({"gated": True}, "gated", "yes"),
    ({"gated": None}, "gated", None),
    ({"author": None}, "author", "author-1"),
    ({"id": "gpt2", "author": None}, "author", None),
    ({"id": "Ünïcode/模型"}, "id", "Ünïcode/模型"),
    ({"createdAt": None}, "created_at", datetime(2024, 1, 1, 0, 1, tzinfo=UTC)),
    ({"createdAt": "2024-01-01"}, "created_at", datetime(2024, 1, 1, tzinfo=UTC)),
    ({"tags": None}, "licence", None),
    ({"tags": []}, "licence", None),
    ({"tags": [None, 7, ["x"], "license:mit"]}, "licence", "mit"),
    ({"trendingScore": 0.5}, "likes", 1),
    ({"cardData": ["a list"]}, "likes", 1),
    ({"cardData": {"base_model": 7}}, "likes", 1),
    ({"model-index": {"a": "dict"}, "evalResults": [7], "siblings": [{}], "gitalyUid": "x"}, "likes", 1),
    ({"safetensors": {"parameters": {"BF16": 8_030_261_248}, "total": 8_030_261_248}}, "memory_gb", 16.060522496),
    ({"safetensors": {"parameters": {"BF16": 8_030_261_248}, "total": 8_030_261_248}}, "parameters_b", 8.030261248),
    ({"safetensors": {"parameters": {"NEW4": 100}, "total": 100}}, "memory_gb", None),
    ({"safetensors": {"total": 5_000_000_000}}, "parameters_b", 5.0),
    ({"safetensors": {"total": 5_000_000_000}}, "memory_gb", None),
    ({"safetensors": {"parameters": {"BF16": 10, "U32": 40}, "total": 50}}, "parameters_b", 50 / 1e9),
    ({"tags": ["license:other"], "cardData": {"license_name": "Modified_MIT "}}, "licence", "modified-mit"),
    ({"tags": ["license:other"], "cardData": {"license_name": "tongyi-qianwen"}}, "licence", "tongyi-qianwen"),
    ({"tags": ["license:other"], "cardData": {"license_name": "my own\nlicence"}}, "licence", "my-own-licence"),
    ({"tags": ["license:other"], "cardData": {"license_name": "see LICENSE.md (ask us!)"}}, "licence", "other"),
    ({"tags": ["license:other"], "cardData": {"license_name": ["mit"]}}, "licence", "other"),
    ({"tags": ["license:other"], "cardData": {"license_name": ""}}, "licence", "other"),
    ({"tags": ["license:other"], "cardData": {"license_name": None}}, "licence", "other"),
    ({"tags": ["license:other"], "cardData": {"license_name": "x" * 101}}, "licence", "other"),
    ({"tags": ["license:other"], "cardData": ["a list"]}, "licence", "other"),
    ({"tags": ["license:other"]}, "licence", "other"),
    ({"tags": ["license:mit"], "cardData": {"license_name": "apache-2.0"}}, "licence", "mit"),
    ({"tags": [], "cardData": {"license_name": "modified-mit"}}, "licence", None),
    ({"safetensors": {"parameters": {"BF16": 10, "U32": 40}, "total": 5_000_000_000}}, "parameters_b", 5.0),
    ({"safetensors": {"parameters": {"I8": 64, "F8_E8M0": 4}, "total": 68}}, "parameters_b", 128 / 1e9),
    ({"safetensors": {"parameters": {"BF16": 0}, "total": 0}}, "parameters_b", None),
    ({"safetensors": None, "gguf": {"total": 2**40}}, "parameters_b", 2**40 / 1e9),
    ({"safetensors": {"parameters": None}, "gguf": {}}, "parameters_b", None),
]


@pytest.mark.parametrize(("fields", "column", "value"), READABLE, ids=lambda value: str(value)[:50])
def test_odd_but_real_shapes_are_read(tmp_path, fields, column, value):
    with week_read(tmp_path, [[model(1, **fields)]]) as connection:
        assert one(connection, column) == (value,)
        assert connection.execute("select count(*) from incoming_set_aside").fetchall() == [(0,)]


@pytest.mark.parametrize(
    "absent", ["downloads", "downloadsAllTime", "likes", "gated", "author", "tags", "safetensors", "createdAt"]
)
def test_an_absent_field_is_a_missing_value(tmp_path, absent):
    record = model(1)
    record.pop(absent, None)
    with week_read(tmp_path, [[record]]) as connection:
        found = one(connection, "downloads_30d, downloads_all_time, likes, gated, licence")
        expected = {"downloads": (None, 10, 1, "no", "apache-2.0"), "likes": (1, 10, None, "no", "apache-2.0")}
        assert found == expected.get(absent, found)
        assert 0 not in [found[i] for i in range(3)]


LEFT_OUT = [
    ({"_id": None}, "_id"),
    ({"_id": "short"}, "_id"),
    ({"_id": 5}, "_id"),
    ({"id": None}, "id"),
    ({"id": ""}, "id"),
    ({"id": 7}, "id"),
    ({"downloads": "12"}, "downloads"),
    ({"downloads": 3.7}, "downloads"),
    ({"downloads": -1}, "downloads"),
    ({"downloads": True}, "downloads"),
    ({"downloadsAllTime": 2**64}, "downloadsAllTime"),
    ({"downloads": 9_223_372_036_854_775_807}, "downloads"),
    ({"downloadsAllTime": [1]}, "downloadsAllTime"),
]


@pytest.mark.parametrize(("fields", "field"), LEFT_OUT, ids=str)
def test_a_record_that_cannot_be_read_is_set_aside_with_its_field(tmp_path, fields, field):
    with week_read(tmp_path, [[model(1), model(2, **fields), model(3)]]) as connection:
        found = connection.execute("select page, field, treatment from incoming_set_aside").fetchall()
        assert found == [("page-000001.json.gz", field, "left_out")]
        assert connection.execute("select count(*) from incoming_model").fetchall() == [(2,)]


ODD_FIELDS = [
    ({"likes": 2**31}, "likes", "likes"),
    ({"likes": "many"}, "likes", "likes"),
    ({"likes": -1}, "likes", "likes"),
    ({"safetensors": {"parameters": {"F32": "5"}, "total": 5}}, "safetensors.parameters", "parameters_b"),
    ({"safetensors": {"parameters": {"F32": 5.5}, "total": 5}}, "safetensors.parameters", "memory_gb"),
    ({"safetensors": {"parameters": {"F32": -5}, "total": 5}}, "safetensors.parameters", "memory_gb"),
    ({"safetensors": {"parameters": {"F32": True}, "total": 5}}, "safetensors.parameters", "parameters_b"),
    ({"safetensors": {"parameters": [1], "total": 5}}, "safetensors.parameters", "parameters_b"),
]


@pytest.mark.parametrize(("fields", "field", "column"), ODD_FIELDS, ids=str)
def test_an_odd_field_is_missing_and_accounted_for(tmp_path, fields, field, column):
    with week_read(tmp_path, [[model(1, **fields)]]) as connection:
        assert one(connection, column) == (None,)
        found = connection.execute("select field, treatment from incoming_set_aside").fetchall()
        assert found == [(field, "without_field")]


def test_an_odd_creation_date_gives_way_to_that_of_the_id(tmp_path):
    with week_read(tmp_path, [[model(1, createdAt=1_700_000_000)]]) as connection:
        assert one(connection, "created_at") == (datetime(2024, 1, 1, 0, 1, tzinfo=UTC),)
        assert connection.execute("select field from incoming_set_aside").fetchall() == [("createdAt",)]


def test_a_histogram_with_a_dtype_twice_is_not_added_up(tmp_path):
    record = json.dumps(model(1, safetensors={"parameters": "HERE", "total": 11})).replace(
        '"HERE"', '{"F32":5,"F32":6}'
    )
    with week_read(tmp_path, [f"[{record}]".encode()]) as connection:
        assert one(connection, "memory_gb, parameters_b") == (None, None)


def test_no_more_is_known_than_is_given(tmp_path):
    assert add(tmp_path, [[model(n, downloads=None, downloadsAllTime=None) for n in range(5)]]).models == 5
    assert rows(tmp_path, "select sum(downloads_30d), sum(downloads_all_time) from core.model_week") == [(None, None)]


BROKEN = [
    b'{"_id":"659200c8000000000000000a","id":"a/b","downloads":1,"downloads":777}',
    b'{"_id":"659200c8000000000000000a","id":"a/b","id":"c/d"}',
    b"7",
    b"null",
    b'{"_id":"65920080' + b"0" * 16 + b'","id":"a/b","x":NaN}',
    b'{"id":"\xff"}',
    b'{"id":"\\ud800"}',
    b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}",
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda b: repr(b[:30]))
def test_a_record_that_is_not_json_costs_no_other(tmp_path, broken):
    body = b"[" + json.dumps(model(1)).encode() + b"," + broken + b"," + json.dumps(model(3)).encode() + b"]"
    with week_read(tmp_path, [body]) as connection:
        assert connection.execute("select count(*) from incoming_model").fetchall() == [(2,)]
        assert connection.execute("select treatment from incoming_set_aside").fetchall() == [("left_out",)]


def test_odd_fields_cost_the_field_and_not_the_record(tmp_path):
    odd = {
        "author": 5,
        "gated": "perhaps",
        "tags": {"a": 1},
        "safetensors": [],
        "gguf": 7,
        "pipeline_tag": ["x"],
        "library_name": 1,
    }
    with week_read(tmp_path, [[model(1, **odd)]]) as connection:
        assert one(connection, "author, gated, licence, parameters_b, pipeline_tag, library") == (
            "author-1",
            None,
            None,
            None,
            None,
            None,
        )
        found = connection.execute(
            "select field from incoming_set_aside where treatment = 'without_field' order by 1"
        ).fetchall()
        assert [field for (field,) in found] == sorted(odd)


def test_records_are_accounted_for_to_the_last(tmp_path):
    late = f"{int((NOW + timedelta(minutes=5)).timestamp()):08x}" + "0" * 16
    pages = [[model(1), model(2), model(2, downloads=99)], [model(3), model(4, private=True), model(5, _id=late)]]
    with week_read(tmp_path, pages) as connection:
        found = dict(connection.execute("select treatment, count(*) from incoming_set_aside group by 1").fetchall())
        assert found == {"duplicate": 1, "not_public": 1, "next_week": 1}
        assert connection.execute("select count(*), max(downloads_30d) from incoming_model").fetchall() == [(3, 99)]
        assert connection.execute(
            "select hub_id, id from incoming_set_aside where treatment = 'not_public'"
        ).fetchall() == [(None, None)]


def test_more_than_a_thousandth_unreadable_stops_the_week_and_keeps_the_reasons(tmp_path):
    bad = [model(n, downloads="many") if n % 500 == 0 else model(n) for n in range(1000)]
    with pytest.raises(models.TooManyUnreadableError, match="2 of 1,000"), week_read(tmp_path, [bad]) as connection:
        models.reject_records(connection, WEEK, "hugging_face_hub").raise_if_too_many_rejected()
    with week_read(tmp_path, [bad]) as connection:
        verdict = models.reject_records(connection, WEEK, "hugging_face_hub")
    assert not verdict.is_acceptable
    assert rows(tmp_path, "select count(*) from meta.set_aside where field = 'downloads'") == [(2,)]


def test_a_thousandth_is_acceptable(tmp_path):
    page = [model(n, downloads="many") if n == 7 else model(n) for n in range(1000)]
    assert add(tmp_path, [page]).models == 999


def test_a_rename_is_no_death_and_no_birth(tmp_path):
    add(tmp_path, [[model(1), model(2)]])
    week = add(tmp_path, [[model(1, id="new/name"), model(2)]], NOW + timedelta(days=7))
    assert (week.added, week.removed, week.renamed) == (0, 0, 1)
    names = rows(tmp_path, "select id, first_seen, last_seen from core.model_name order by hub_id, first_seen")
    assert names == [
        ("author-1/model-1", date(2026, 11, 16), date(2026, 11, 16)),
        ("new/name", date(2026, 11, 23), date(2026, 11, 23)),
        ("author-2/model-2", date(2026, 11, 16), date(2026, 11, 23)),
    ]


def test_a_model_that_is_gone_keeps_its_row_and_may_return(tmp_path):
    add(tmp_path, [[model(1), model(2)]])
    assert add(tmp_path, [[model(1)]], NOW + timedelta(days=7)).removed == 1
    assert rows(tmp_path, "select last_seen, removed_in from core.model where id = 'author-2/model-2'") == [
        (date(2026, 11, 16), date(2026, 11, 23))
    ]
    week = add(tmp_path, [[model(1), model(2), model(3)]], NOW + timedelta(days=14))
    assert (week.models, week.added, week.removed) == (3, 1, 0)
    assert rows(tmp_path, "select count(*) from core.model where removed_in is not null") == [(0,)]
    assert rows(tmp_path, "select week, count(*) from core.model_week group by 1 order by 1") == [
        (date(2026, 11, 16), 2),
        (date(2026, 11, 23), 1),
        (date(2026, 11, 30), 3),
    ]


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weeks=st.lists(st.sets(st.integers(0, 8), min_size=1), min_size=1, max_size=4))
def test_a_week_read_twice_counts_once(tmp_path_factory, weeks):
    once, twice = tmp_path_factory.mktemp("once"), tmp_path_factory.mktemp("twice")
    with (
        closing(File(warehouse_at(once / "w.duckdb"))) as database,
        closing(File(warehouse_at(twice / "w.duckdb"))) as same,
    ):
        for number, present in enumerate(weeks):
            now = NOW + timedelta(days=7 * number)
            page = [[model(n, downloads=n + number) for n in sorted(present)]]
            add(once, page, now, database)
            add(twice, page, now, same)
            add(twice, page, now, same)
    for table in ("core.model", "core.model_week", "core.model_name"):
        assert rows(once, f"from {table} order by all") == rows(twice, f"from {table} order by all")
