"""A wrong clock is refused before anything is written, and a walk that never entered the history makes nothing fresh."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagster as dg
import pytest
from instances import instance_in_memory
from typer.testing import CliRunner
from warehouses import warehouse_at

from assets import clock_check
from assets.clock_check import ClockError, assert_like_services
from assets.resources import Clock, Warehouse
from assets.source_asset import recorded_attempt
from pipelines.commands.app import app
from pipelines.console import ExitCode
from pipelines.dagster_storage import write_instance_config
from warehouse.database.connection import reading, writing
from warehouse.facts.collections import Collection, record_collection
from warehouse.tables.history import HUB_WEEK
from warehouse.tables.meta import FRESHNESS

NOW = datetime.now(UTC)
HUB = "sandbox_hub"


def attempt(source: str, moment: datetime) -> Collection:
    week = moment.date() - timedelta(days=moment.weekday())
    return Collection(
        run_id=f"{source} {moment}",
        source=source,
        week=week,
        started_at=moment,
        finished_at=moment + timedelta(minutes=30),
    )


def in_the_warehouse(home, *collections: Collection) -> None:
    with writing(warehouse_at(home / "working" / "tidegauge.duckdb")) as connection:
        for one in collections:
            record_collection(connection, one)


def test_a_clock_behind_the_newest_row_stops_the_command_before_anything_is_asked(home, tmp_path, monkeypatch):
    in_the_warehouse(home, attempt("pypistats", NOW + timedelta(days=20)))
    (tmp_path / "dagster").mkdir()
    write_instance_config(tmp_path / "dagster")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.delenv("TIDEGAUGE_ALERT_URL")
    result = CliRunner().invoke(app, ["refresh"])
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    said = " ".join(result.output.split())
    assert f"the newest row of the database is of {NOW + timedelta(days=20, minutes=30):%Y-%m-%d %H:%M}" in said
    assert "docs/operations.md#wrong_clock" in said
    with dg.DagsterInstance.get() as instance:
        assert instance.get_runs() == []


def test_a_run_of_the_daemon_fails_in_its_first_step_and_records_nothing(home):
    in_the_warehouse(home, attempt("pypistats", NOW + timedelta(days=20)))
    with pytest.raises(dg.Failure, match="newest row"), recorded_attempt("a run", "discord", Warehouse(), Clock()):
        raise AssertionError("the source was requested")
    with reading(home / "working" / "tidegauge.duckdb") as connection:
        assert connection.execute("select count(*) from meta.collection").fetchall() == [(1,)]


def test_a_clock_a_little_behind_and_a_simulated_one_go_on(home):
    in_the_warehouse(home, attempt("pypistats", NOW + timedelta(hours=1)))
    Clock().assert_right(Warehouse())
    Clock(simulated_now="2020-01-01T00:00:00+00:00").assert_right(Warehouse())


@contextmanager
def telling(moment: datetime | None, age: int | None = None) -> Iterator[str]:
    """Yield the address of a proxy that responds for each service, with this time and age."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(405)  # as services that refuse HEAD do
            if moment is not None:
                self.send_header("Date", format_datetime(moment, usegmt=True))
            if age is not None:
                self.send_header("Age", str(age))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    ("off", "age", "says"),
    [
        (timedelta(days=-21), None, "504.0 hours ahead of"),
        (timedelta(hours=5), None, "5.0 hours behind"),
        (timedelta(hours=2), None, None),
        (timedelta(hours=-7), 7 * 3600, None),  # the response of a cache
        (None, None, None),
    ],
)
def test_the_time_of_a_service_is_believed(monkeypatch, off, age, says):
    clock_check._ahead_of.cache_clear()
    with telling(None if off is None else datetime.now(UTC) + off, age) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        if says is None:
            assert_like_services(["http://hub.invalid"], datetime.now(UTC))
            return
        with pytest.raises(ClockError, match=says) as error:
            assert_like_services(["http://127.0.0.1:9", "http://hub.invalid"], datetime.now(UTC))
    assert "nothing was written" in str(error.value)


def test_the_clock_of_a_run_ends_with_its_week(monkeypatch):
    moment = datetime(2026, 11, 15, 23, 50, tzinfo=UTC)  # a Sunday
    monkeypatch.setattr(Clock, "present", lambda self: moment)
    weeks: list[date] = []

    @dg.asset
    def crossing(clock: Clock) -> None:
        nonlocal moment
        assert clock.now() == moment
        moment += timedelta(minutes=20)
        weeks.append(clock.now().date())

    with instance_in_memory() as instance:
        assert dg.materialize([crossing], resources={"clock": Clock()}, instance=instance).success
        assert dg.materialize([crossing], resources={"clock": Clock()}, instance=instance).success
    assert weeks == [date(2026, 11, 15), date(2026, 11, 16)]


def test_a_walk_that_never_entered_the_history_makes_nothing_fresh(home):
    loaded, later = datetime(2026, 11, 2, 6, tzinfo=UTC), datetime(2026, 11, 16, 6, tzinfo=UTC)
    in_the_warehouse(home, attempt(HUB, loaded), attempt(HUB, later), attempt("discord", later))
    required = {
        name: "0" if column.type not in ("DATE", "TIMESTAMPTZ", "VARCHAR") else f"'{loaded.isoformat()}'"
        for name, column in HUB_WEEK.columns.items()
        if column.required
    } | {"week": "date '2026-11-02'", "source": f"'{HUB}'"}
    with writing(home / "working" / "tidegauge.duckdb") as connection:
        connection.execute(f"insert into core.hub_week ({', '.join(required)}) values ({', '.join(required.values())})")
        connection.execute("insert into meta.release values (1, ?, 1, 1, map {})", [later + timedelta(hours=1)])
        rows = connection.execute(f"select source, is_stale, last_tried_at from ({FRESHNESS.select}) order by source")
        assert rows.fetchall() == [
            ("discord", False, later + timedelta(minutes=30)),
            (HUB, True, later + timedelta(minutes=30)),
        ]
