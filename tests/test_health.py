"""What a watcher sees at one look: stale sources and missing weeks, and what to do about them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import duckdb
import pytest

from assets import health
from assets.publication import RELEASE
from warehouse import schema
from warehouse.collection import Collection, write_down
from warehouse.tables.history import HUB_WEEK

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a warehouse in which nothing was collected."""
    with duckdb.connect() as empty:
        empty.execute("set TimeZone = 'UTC'")
        schema.prepare(empty, NOW)
        yield empty


def attempt(connection: duckdb.DuckDBPyConnection, source: str, days_ago: int, status: str, reason: str | None) -> None:
    moment = NOW - timedelta(days=days_ago)
    write_down(
        connection,
        Collection(
            run_id=f"run {days_ago}", source=source, week=date(2026, 11, 16), started_at=moment, finished_at=moment,
            status=status, reason=reason,
        ),
    )  # fmt: skip


def verdicts(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[dg.AssetCheckResult]:
    connection.execute("delete from meta.release")
    connection.execute("insert into meta.release values (1, ?, 1, 1, map {})", [now])
    return health.verdicts(connection, RELEASE)


def test_a_stale_source_is_named_with_what_it_said_and_what_to_do(connection):
    attempt(connection, "arena", 1, "complete", None)
    attempt(connection, "github", 15, "complete", None)
    attempt(connection, "github", 1, "failed", "it | answered <b>500</b>")
    attempt(connection, "sec", 1, "skipped", "no contact")
    fresh, weeks = verdicts(connection, NOW)
    assert not fresh.passed
    assert "github: last complete on 2026-11-01, last attempt failed" in (fresh.description or "")
    assert "sec: never complete, last attempt skipped" in (fresh.description or "")
    assert "arena" not in (fresh.description or "")
    assert "To do:" in (fresh.description or "")
    table = str(fresh.metadata["by source"].value)
    assert r"it \| answered \<b\>500\</b\>" in table, "what a service said is text, not Markdown"
    assert weeks.passed


def test_eight_days_are_fresh(connection):
    attempt(connection, "arena", 8, "complete", None)
    assert verdicts(connection, NOW)[0].passed
    assert not verdicts(connection, NOW + timedelta(seconds=1))[0].passed


def test_a_missed_week_is_named(connection):
    columns = {name: "null" for name, column in HUB_WEEK.columns.items()}
    for week in (date(2026, 10, 19), date(2026, 10, 26), date(2026, 11, 9)):
        values = columns | {
            name: f"'{week}'" if column.type in ("DATE", "TIMESTAMPTZ") else "'x'" if column.type == "VARCHAR" else "0"
            for name, column in HUB_WEEK.columns.items()
            if column.required
        }
        connection.execute(f"insert into core.hub_week values ({', '.join(values.values())})")
    _, weeks = verdicts(connection, NOW)
    assert not weeks.passed
    assert "weeks of 2026-11-02." in (weeks.description or "")
    assert weeks.metadata["missing"].value == 1
