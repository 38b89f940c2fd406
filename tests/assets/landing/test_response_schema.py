"""Changes of a response's schema are reported: new, missing and retyped fields; usual variation is not."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.landing.response_schema import MAX_FIELDS, shape_of
from pipelines.sandbox.hostile import TEXTS
from warehouse.database.derive import derive
from warehouse.facts.response_fields import record_fields
from warehouse.seeds import published_figures
from warehouse.tables import growth

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
MONDAY = date(2026, 9, 7)
USUAL = {"data[].name": {"text"}, "data[].value": {"number"}}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(warehouse_at(tmp_path / "w.duckdb"))) as connection:
        connection.execute("set TimeZone = 'UTC'")
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        yield connection


def told(connection: duckdb.DuckDBPyConnection, *weeks: dict[str, set[str]], source: str = "arena") -> list[str]:
    for number, shape in enumerate(weeks):
        record_fields(connection, source, shape, MONDAY + timedelta(weeks=number))
    for table in growth.TABLES:
        if table.schema == "growth":
            derive(connection, table)
    found = connection.execute(
        "select statement from growth.milestone where kind = 'shape_change' order by 1"
    ).fetchall()
    return [statement for (statement,) in found]


def test_what_is_usual_is_not_told(connection):
    often_null = {"data[].name": {"text"}, "data[].value": set[str]()}
    assert told(connection, USUAL, often_null, USUAL, USUAL, often_null, USUAL) == []


def test_a_source_that_is_new_is_not_judged(connection):
    assert told(connection, USUAL, {"items[].id": {"text"}}, USUAL) == []


@pytest.mark.parametrize(
    ("now", "what"),
    [
        ({**USUAL, "data[].rank": {"number"}}, "new: data[].rank"),
        ({"data[].name": {"text"}}, "missing: data[].value"),
        ({**USUAL, "data[].value": {"text"}}, "other type: data[].value (number, text, was number)"),
    ],
)
def test_a_change_is_told_once(connection, now, what):
    assert told(connection, USUAL, USUAL, USUAL, now) == [f"The answers of arena have changed their form: {what}."]
    record_fields(connection, "arena", now, MONDAY + timedelta(weeks=3))  # a second collection of that day
    assert told(connection) == [f"The answers of arena have changed their form: {what}."]
    record_fields(connection, "arena", now, MONDAY + timedelta(weeks=4))
    assert told(connection) == []


def test_a_field_that_comes_and_goes_is_told_when_it_first_stays_out(connection):
    without = {"data[].name": {"text"}}
    assert len(told(connection, USUAL, USUAL, USUAL, without)) == 1
    for number, shape in enumerate((USUAL, without, USUAL, without), 4):
        record_fields(connection, "arena", shape, MONDAY + timedelta(weeks=number))
    assert told(connection) == []


def test_fields_of_each_kind():
    assert shape_of("json", b'{"a":[{"b":1},{"b":null,"c":"x"}],"d":null}') == {
        "a": {"list"}, "a[]": {"object"}, "a[].b": {"number"}, "a[].c": {"text"}, "d": set(),
    }  # fmt: skip
    assert shape_of("csv", b'\xef\xbb\xbfa,"b c"\n1,2\n') == {"a": {"text"}, "b c": {"text"}}
    assert shape_of("xml", b"<a/>") == {}


@given(st.binary(max_size=200) | st.sampled_from([b"[" * 10_000, b"PK\x03\x04", b"PAR1" * 3, b'{"a":' * 2000]))
def test_what_cannot_be_read_has_no_shape_and_stops_nothing(body):
    for suffix in ("json", "csv", "parquet", "zip", "txt"):
        assert len(shape_of(suffix, body)) <= MAX_FIELDS


def test_names_of_fields_steer_no_terminal():
    import msgspec

    for text in TEXTS.values():
        for field in shape_of("json", msgspec.json.encode({text: 1})):
            assert field.isprintable() or "\n" in field
            assert len(field) <= 80
