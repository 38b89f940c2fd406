"""Checks of a release: stale sources, missing weeks and disk space, with a remedy."""

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from warehouses import warehouse_at

from assets.disk_space import DiskFullError, DiskSpace, assert_disk_space, disk_space
from assets.release import health_checks
from assets.release.release import RELEASE
from assets.settings import Settings
from warehouse.facts.collections import Collection, record_collection
from warehouse.tables.history import HUB_WEEK

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
PLENTY = DiskSpace(free=10**12, needed=10**9)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a warehouse without collections."""
    with duckdb.connect(str(warehouse_at(tmp_path / "w.duckdb"))) as empty:
        empty.execute("set TimeZone = 'UTC'")
        yield empty


def attempt(connection: duckdb.DuckDBPyConnection, source: str, days_ago: int, status: str, reason: str | None) -> None:
    moment = NOW - timedelta(days=days_ago)
    record_collection(
        connection,
        Collection(
            run_id=f"run {days_ago}", source=source, week=date(2026, 11, 16), started_at=moment, finished_at=moment,
            status=status, reason=reason,
        ),
    )  # fmt: skip


def verdicts(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[dg.AssetCheckResult]:
    connection.execute("delete from meta.release")
    connection.execute("insert into meta.release values (1, ?, 1, 1, map {})", [now])
    return health_checks.verdicts(connection, RELEASE, PLENTY)


def test_a_stale_source_is_named_with_what_it_said_and_what_to_do(connection):
    attempt(connection, "arena", 1, "complete", None)
    attempt(connection, "github", 15, "complete", None)
    attempt(connection, "github", 1, "failed", "it | answered <b>500</b>")
    attempt(connection, "sec", 1, "skipped", "no contact")
    fresh, _, weeks, _ = verdicts(connection, NOW)
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
    _, _, weeks, _ = verdicts(connection, NOW)
    assert not weeks.passed
    assert "weeks of 2026-11-02." in (weeks.description or "")
    assert weeks.metadata["missing"].value == 1


def test_a_disk_that_fills_is_told_before_it_is_full(connection):
    low = health_checks.verdicts(connection, RELEASE, DiskSpace(free=1_900_000_000, needed=10**9))[-1]
    assert not low.passed
    assert "1.9 GB free; the next refresh needs about 1.0 GB" in (low.description or "")
    assert health_checks.verdicts(connection, RELEASE, DiskSpace(free=2 * 10**9, needed=10**9))[-1].passed


def test_what_a_refresh_needs_is_estimated_from_the_last_one(home):
    settings = Settings()
    assert disk_space(settings).needed == 0, "of another Hub than the live one nothing is known"
    for week, size in (("2026-11-02", 50_000), ("2026-11-09", 4_000)):
        page = settings.working / "landing" / "hub" / week / "walk-001" / "page-000001.json.gz"
        page.parent.mkdir(parents=True)
        page.write_bytes(bytes(size))
    settings.database.write_bytes(bytes(6_000))
    assert disk_space(settings).needed == 12_500


def test_a_refresh_does_not_begin_on_a_full_disk(home):
    page = Settings().working / "landing" / "hub" / "2026-11-09" / "walk-001" / "page-000001.json.gz"
    page.parent.mkdir(parents=True)
    with page.open("wb") as file:
        file.truncate(2 * shutil.disk_usage(page.parent).free)  # a sparse file: it takes no space
    with pytest.raises(DiskFullError, match="almost full") as refused:
        assert_disk_space("hugging_face_hub", Settings())
    assert "No request was sent" in str(refused.value)
    assert "To do: free some space" in str(refused.value)


def test_the_disk_is_measured_while_a_refresh_puts_its_release_in_place(home):
    incoming, over = home / "published" / ".incoming", threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            incoming.mkdir(parents=True)
            for number in range(50):
                (incoming / str(number)).touch()
            shutil.rmtree(incoming)

    with ThreadPoolExecutor(1) as worker:
        swapping = worker.submit(come_and_go)
        try:
            until = time.monotonic() + 1
            while time.monotonic() < until:
                disk_space(Settings())
        finally:
            over.set()
        swapping.result()
