"""A table of versions keeps earlier, current and withdrawn rows of a source."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.database.derive import CheckError
from warehouse.facts.observations import NoObservationError
from warehouse.facts.versioned_rows import record_versions
from warehouse.tables.table import Column, Table, required

ROUND = Table(
    name="core.made_up_version",
    description="Made up.",
    grain="each thing and version of it",
    key=("thing", "source", "recorded_at"),
    columns={
        "thing": required("VARCHAR", "Which."),
        "amount": Column("DOUBLE", "How much."),
        "source": required("VARCHAR", "The source."),
        "recorded_at": required("TIMESTAMPTZ", "Since when."),
        "is_withdrawn": required("BOOLEAN", "No longer said."),
    },
    checks={"amount is not negative": "amount >= 0"},
)
NOW = datetime(2026, 11, 16, tzinfo=UTC)
BELIEVED = """
    select thing, amount from core.made_up_version where source = 'a'
    qualify row_number() over (partition by thing order by recorded_at desc) = 1 and not is_withdrawn
"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connected:
        connected.execute("create schema core")
        connected.execute(ROUND.ddl())
        yield connected


def say(connection: duckdb.DuckDBPyConnection, said: dict[str, float | None], day: int, source: str = "a") -> int:
    rows = [{"thing": thing, "amount": amount} for thing, amount in said.items()]
    return record_versions(connection, ROUND, rows, source, NOW + timedelta(days=day))


def test_what_is_believed_already_is_not_written_again(connection):
    assert say(connection, {"x": 1.0, "y": None}, 0) == 2
    assert say(connection, {"x": 1.0, "y": None}, 7) == 0


def test_a_change_a_withdrawal_and_a_return_are_rows_of_their_own(connection):
    say(connection, {"x": 1.0, "y": 2.0}, 0)
    assert say(connection, {"x": 3.0}, 7) == 2
    assert say(connection, {"x": 3.0, "y": 2.0}, 14) == 1
    assert connection.execute("select count(*) from core.made_up_version").fetchall() == [(5,)]
    assert dict(connection.execute(BELIEVED).fetchall()) == {"x": 3.0, "y": 2.0}


def test_sources_do_not_withdraw_each_other(connection):
    say(connection, {"x": 1.0}, 0)
    say(connection, {"z": 1.0}, 7, source="b")
    assert dict(connection.execute(BELIEVED).fetchall()) == {"x": 1.0}


def test_nothing_at_all_is_an_error_and_a_broken_promise_too(connection):
    with pytest.raises(NoObservationError):
        say(connection, {}, 0)
    with pytest.raises(CheckError):
        say(connection, {"x": -1.0}, 0)


THINGS = st.dictionaries(st.sampled_from("uvwxyz"), st.none() | st.floats(0, 1e9), min_size=1)


@given(st.lists(THINGS, min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_what_is_believed_is_what_was_said_last(weeks):
    with duckdb.connect() as connected:
        connected.execute("create schema core")
        connected.execute(ROUND.ddl())
        for week, said in enumerate(weeks):
            say(connected, said, 7 * week)
            assert dict(connected.execute(BELIEVED).fetchall()) == said
