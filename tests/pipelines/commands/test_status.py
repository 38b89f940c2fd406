"""`tidegauge status`: the last release, its age, stale sources, the current run, and the next refresh."""

import shutil
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb
import pytest
from dagster._daemon.types import DaemonHeartbeat
from typer.testing import CliRunner
from warehouses import warehouse_at

from assets.settings import CHECKOUT
from pipelines.commands.app import app
from pipelines.status import (
    HISTORY,
    Operation,
    Stale,
    Status,
    next_refresh,
    operation,
    operation_of,
    read_status,
)
from warehouse.database.connection import writing

MONDAY = datetime(2026, 11, 16, 6, tzinfo=UTC)


def test_a_fresh_release_is_well(demo_release, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_HOME", str(demo_release.parent.parent))
    result = CliRunner().invoke(app, ["status", "--demo"])
    assert result.exit_code == 0, result.output
    assert "release   3 of 2026-09-14" in result.output
    assert "made up by the sandbox" in result.output
    found = read_status(demo_release)
    assert found is not None
    assert found.stale == ()
    assert f"sources   {found.sources} of {found.sources} are fresh" in result.output


def test_without_a_release_it_says_what_to_do():
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 1
    assert "there is no release" in result.output
    assert "To do: tidegauge refresh" in " ".join(result.output.split())


def test_a_file_that_cannot_be_read_is_reported_in_plain_words(home):
    (home / "published").mkdir(parents=True)
    (home / "published" / "tidegauge.duckdb").write_bytes(b"no database")
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 1
    assert "cannot be read" in result.output
    assert "To do:" in result.output
    assert not isinstance(result.exception, duckdb.Error)


def test_a_release_of_the_future_needs_somebody(home):
    (home / "published").mkdir(parents=True)
    ahead = datetime.now(UTC) + timedelta(days=400)
    with writing(warehouse_at(home / "published" / "tidegauge.duckdb")) as connection:
        connection.execute("insert into meta.release values (7, ?, 9, 1, map {})", [ahead])
        connection.execute("delete from meta.source")
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 3, result.output
    assert "it is in the future: check this machine's clock" in " ".join(result.output.split())


def test_what_is_stale_or_old_is_missing(home):
    (home / "published").mkdir(parents=True)
    with writing(warehouse_at(home / "published" / "tidegauge.duckdb")) as connection:
        connection.execute("insert into meta.release values (7, ?, 9, 1, map {})", [MONDAY])
        connection.execute(
            "insert into meta.collection by name select '1' as run_id, 'discord' as source, date '2026-11-16' as week, "
            "?::timestamptz as started_at, started_at as finished_at, 'failed' as status, 'it was down' as reason",
            [MONDAY],
        )
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 3
    assert "discord: last complete never; last attempt failed: it was down" in " ".join(result.output.split())


def test_the_history_of_runs_is_the_one_that_dagster_home_names(home, tmp_path, monkeypatch):
    (home / "published").mkdir(parents=True)
    with writing(warehouse_at(home / "published" / "tidegauge.duckdb")) as connection:
        connection.execute("insert into meta.release values (7, ?, 9, 1, map {})", [MONDAY])
    (tmp_path / "dagster").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    with dg.DagsterInstance.get() as instance:
        job = dg.define_asset_job("weekly_refresh", dg.AssetSelection.all())
        definitions = dg.Definitions(assets=[dg.AssetSpec("one")], jobs=[job])
        run = instance.create_run_for_job(definitions.resolve_job_def("weekly_refresh"))
        instance.report_run_failed(run)
    assert "failure" in CliRunner().invoke(app, ["status"]).output


@pytest.mark.parametrize(("days", "is_old"), [(7.9, False), (8.1, True)])
def test_a_release_is_old_after_eight_days(days, is_old, tmp_path):
    status = Status(1, MONDAY, 1, "live", tmp_path, 1, (Stale("discord", 9.25, "failed", None),))
    now = MONDAY + timedelta(days=days)
    assert status.is_old(now) is is_old
    lines = list(status.lines(now))
    assert ("overdue" in lines[1]) is is_old
    assert lines[3] == "stale     discord: last complete 9.2 days before the release; last attempt failed"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (MONDAY - timedelta(seconds=1), MONDAY),
        (MONDAY, MONDAY + timedelta(days=7)),
        (MONDAY + timedelta(days=6, hours=20), MONDAY + timedelta(days=7)),
    ],
)
def test_the_next_refresh_is_on_monday(now, then):
    assert next_refresh(now) == then


def test_the_current_run_is_reported(tmp_path):
    assert next(iter(operation(tmp_path / "runs.db").lines(MONDAY))).endswith("on this machine")
    assert not list(tmp_path.iterdir()), "reading creates no history"

    @dg.job
    def weekly_refresh(): ...

    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(weekly_refresh)
        instance.report_dagster_event(
            dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, weekly_refresh.name), run.run_id
        )
        at_work = operation_of(instance)
        assert at_work.began is not None
        later = at_work.began + timedelta(hours=7)
        assert not at_work.is_stuck(later - timedelta(hours=2))
        assert at_work.is_stuck(later)
        assert "7.0 hours; it hangs" in next(iter(at_work.lines(later)))
        instance.report_run_failed(run)
        over = operation_of(instance)
    assert not over.is_stuck(later)
    assert list(over.lines(later)) == [
        f"last run  {over.began:%Y-%m-%d %H:%M} UTC, failure",
        "schedule  tidegauge ui is not running (never seen): without it, or a timer of your own, nothing is refreshed",
    ]


def test_the_history_is_read_without_dagster_as_dagster_itself_tells_it(tmp_path, monkeypatch):
    """With the dagster.yaml of this checkout: the file that is read is the one that Dagster writes."""
    shutil.copy(CHECKOUT / "dagster.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)  # its paths are relative
    history = tmp_path / HISTORY.relative_to(CHECKOUT)

    @dg.job
    def weekly_refresh(): ...

    @dg.job
    def another(): ...

    def same(instance: dg.DagsterInstance) -> Operation:
        told = operation(history)
        assert told == operation_of(instance)
        return told

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert same(instance) == Operation()
        run = instance.create_run_for_job(weekly_refresh)
        queued = same(instance)
        assert queued.run == "not_started"
        assert queued.began is not None
        instance.create_run_for_job(another)
        started = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, weekly_refresh.name)
        instance.report_dagster_event(started, run.run_id)
        assert same(instance).ended is None
        instance.report_run_failed(run)
        failed = same(instance)
        assert failed.run == "failure"
        assert failed.ended is not None
        instance.report_run_canceled(instance.create_run_for_job(weekly_refresh))
        assert same(instance).run == "canceled"
        instance.add_daemon_heartbeat(DaemonHeartbeat(MONDAY.timestamp(), "SCHEDULER", "one"))
        instance.add_daemon_heartbeat(DaemonHeartbeat(MONDAY.timestamp() + 30.5, "SENSOR", "one"))
        assert same(instance).scheduler_heartbeat == MONDAY + timedelta(seconds=30.5)
    assert operation(history).scheduler_heartbeat == MONDAY + timedelta(seconds=30.5), "also when nobody has it open"


def test_a_history_that_cannot_be_read_needs_somebody(home, tmp_path, monkeypatch):
    (home / "published").mkdir(parents=True)
    with writing(warehouse_at(home / "published" / "tidegauge.duckdb")) as connection:
        connection.execute("insert into meta.release values (7, ?, 9, 1, map {})", [MONDAY])
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    damaged = tmp_path / "runs.db"
    damaged.write_bytes(b"no database, and longer than the header that SQLite looks at first" * 9)
    monkeypatch.setattr("pipelines.status.HISTORY", damaged)
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 3
    told = " ".join(result.output.split())
    assert "release 7 of" in told
    assert "runs.db cannot be read: file is not a database" in told.replace("runs. db", "runs.db")
    assert "To do:" in told


def test_a_running_scheduler_is_known_by_its_heartbeat():
    seen = Operation(scheduler_heartbeat=MONDAY)
    assert "tidegauge ui is running" in list(seen.lines(MONDAY + timedelta(minutes=4)))[1]
    assert "last seen 2026-11-16 06:00 UTC" in list(seen.lines(MONDAY + timedelta(minutes=6)))[1]


def test_an_instance_that_is_not_set_up_for_tidegauge_is_named(demo_release, tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_HOME", str(demo_release.parent))
    for text, is_told in (("storage: {}\n", True), ("# as deploy/dagster.yaml of tidegauge\n", False)):
        (tmp_path / "dagster.yaml").write_text(text, encoding="utf-8")
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
        said = " ".join(CliRunner().invoke(app, ["status"]).output.split())
        assert (f"are those of {tmp_path}, which is not set up for Tidegauge" in said) is is_told
