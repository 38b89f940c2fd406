"""The operator is told of runs that fail, die or lack a source, and of silence; by a command or by the sensors, once each."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from receivers import SECRET, Hook, hook
from typer.testing import CliRunner

from assets.settings import Settings
from pipelines.commands.app import app
from pipelines.console import ExitCode
from pipelines.dagster_storage import write_instance_config
from pipelines.jobs import weekly_refresh
from pipelines.operator_alerts import KINDS, Operator
from pipelines.outcome import Outcome
from pipelines.run_locks import RUN_LOCK, locked_run
from pipelines.sensors import alert_of_a_failed_run, alert_of_a_missing_source, alert_of_silence
from warehouse.release.alerts import Event

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    with hook() as received:
        monkeypatch.setenv("TIDEGAUGE_ALERT_URL", f"{received.url}/alert/{SECRET}")
        monkeypatch.setenv("TIDEGAUGE_HEARTBEAT_URL", f"{received.url}/ping/{SECRET}")
        yield received


@pytest.fixture
def dagster_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dagster"
    folder.mkdir()
    write_instance_config(folder)
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    return folder


def dead_run(instance: dg.DagsterInstance, folder: Path) -> dg.DagsterRun:
    """Return a run of a command that was killed: its lock file is there, and nobody holds it."""
    with locked_run(folder, "dead") as file:
        pass
    file.touch()
    job = dg.GraphDefinition(name="weekly_refresh", node_defs=[]).to_job()
    return instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags={RUN_LOCK: str(file)})


def test_a_refresh_that_fails_and_a_run_that_died_before_it_are_told(home, receiver, dagster_home):
    with dg.DagsterInstance.get() as instance:
        died = dead_run(instance, home)
    result = CliRunner().invoke(app, ["refresh"])
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    first, second = receiver.alerts
    assert first["event"] == f"run_died/{died.run_id}"
    assert second["kind"] == "run_failed"
    assert "nothing listens at" in second["statement"]
    assert "Kept:" in second["statement"]
    assert "docs/operations.md#run_failed" in second["statement"]
    assert second.keys() == {*Event.__dataclass_fields__, "run_id"}, "the JSON has the names of an event's"
    assert receiver.pings == ["start", "fail", "fail"]
    assert SECRET not in result.output


def test_a_receiver_that_refuses_is_said_and_fails_no_run(receiver, dagster_home):
    receiver.statuses = [404] * 9
    result = CliRunner().invoke(app, ["refresh"])
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    said = " ".join(result.output.split())
    assert "TIDEGAUGE_ALERT_URL did not accept an alert: it responded with status 404" in said
    assert "TIDEGAUGE_HEARTBEAT_URL did not accept a ping: it responded with status 404" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("outcome", "kind", "ping"),
    [
        (Outcome(ExitCode.WELL, {"platforms__replicate": "skipped: no key"}), None, ""),
        (Outcome(ExitCode.SOURCE_MISSING, {"hub__walk": "status 500", "x": "skipped: no key"}), "source_missing", ""),
        (Outcome(ExitCode.NOTHING_PUBLISHED, {"hub__walk": "status 500"}), "run_failed", "fail"),
        (Outcome(ExitCode.NOTHING_PUBLISHED, {"a": "b"}, "this machine seems to be offline"), "run_failed", "fail"),
    ],
)
def test_each_end_of_a_refresh_is_told(receiver, outcome, kind, ping):
    assert Operator(Settings()).ended(outcome, "weekly_refresh", "1") == []
    assert receiver.pings == [ping]
    assert [alert["kind"] for alert in receiver.alerts] == [kind] * bool(kind)
    assert all("skipped" not in alert["statement"] for alert in receiver.alerts)
    assert {KINDS.get(alert["kind"]) for alert in receiver.alerts} <= set(KINDS.values())


def test_a_failed_part_is_an_alert_and_no_heartbeat(receiver):
    failed = Outcome(ExitCode.NOTHING_PUBLISHED, {"growth__rate": "out of memory"})
    assert Operator(Settings()).ended(failed, "growth_refresh", "1") == []
    assert receiver.pings == []
    assert "growth_refresh failed" in receiver.alerts[0]["statement"]


def test_made_up_runs_are_told_on_this_machine_only(monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_ALERT_URL", f"https://receiver.invalid/{SECRET}")
    monkeypatch.setenv("TIDEGAUGE_HEARTBEAT_URL", f"https://receiver.invalid/{SECRET}")
    assert Operator(Settings()).failed("a practice against the sandbox") == [], "a request would have been refused"
    monkeypatch.setattr("assets.http.webhook.ATTEMPTS", 1)
    monkeypatch.setenv("TIDEGAUGE_HUB_URL", "https://hub.example.org")
    told = Operator(Settings()).failed("of live figures")
    assert [line.partition(" did not")[0] for line in told] == ["TIDEGAUGE_ALERT_URL", "TIDEGAUGE_HEARTBEAT_URL"]
    assert SECRET not in str(told)


def test_the_test_says_whether_alerts_arrive(receiver, monkeypatch):
    result = CliRunner().invoke(app, ["alert", "test"])
    assert result.exit_code == ExitCode.WELL
    assert [alert["kind"] for alert in receiver.alerts] == ["test"]
    assert receiver.pings == ["log"], "which changes nothing at the heartbeat"
    receiver.statuses = [404]
    result = CliRunner().invoke(app, ["alert", "test"])
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    assert "TIDEGAUGE_ALERT_URL       it was not accepted: it responded with status 404" in result.output
    assert SECRET not in result.output
    for name in ("TIDEGAUGE_ALERT_URL", "TIDEGAUGE_HEARTBEAT_URL"):
        monkeypatch.delenv(name)
    assert CliRunner().invoke(app, ["alert", "test"]).exit_code == ExitCode.WRONG_USAGE


# What the daemon of `tidegauge ui` tells.


def test_silence_is_told_once_for_each_release_and_a_dead_run_once(home, receiver, releases, monkeypatch):
    shutil.copytree(releases.published, home / "published")
    published_at = max(releases.kept)
    with dg.DagsterInstance.ephemeral() as instance:
        died = dead_run(instance, home)
        cursor: str | None = None
        refused = ["refresh_overdue"]  # and so it is told again
        for days, told in ((7, ["run_died"]), (9, refused), (9, ["refresh_overdue"]), (10, [])):
            receiver.posts.clear()
            receiver.statuses = [404] if told is refused else []
            now = published_at + timedelta(days=days)
            monkeypatch.setattr("pipelines.sensors.datetime", SimpleNamespace(now=lambda _utc, now=now: now))
            context = dg.build_sensor_context(instance, cursor=cursor)
            alert_of_silence(context)
            cursor = context.cursor
            assert [alert["kind"] for alert in receiver.alerts] == told
        assert instance.get_run_by_id(died.run_id).status == dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize("of_a_command", [False, True])
def test_a_run_that_the_daemon_started_is_told_by_its_sensors(receiver, of_a_command):
    """A command tells of its own run, and the sensors do not repeat it."""

    @dg.op
    def growth() -> None:
        raise dg.Failure(description="out of memory", allow_retries=False)

    @dg.op
    def fine() -> None: ...

    def job(op: dg.OpDefinition) -> dg.JobDefinition:
        return dg.GraphDefinition(name=weekly_refresh.name, node_defs=[op]).to_job()

    tags = {RUN_LOCK: "/a/file"} if of_a_command else {}
    with dg.DagsterInstance.ephemeral() as instance:
        failed = job(growth).execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        context = dg.build_run_status_sensor_context("s", failed.get_run_failure_event(), instance, failed.dagster_run)
        alert_of_a_failed_run(context.for_run_failure())
        well = job(fine).execute_in_process(instance=instance, tags=tags)
        context = dg.build_run_status_sensor_context("s", well.get_run_success_event(), instance, well.dagster_run)
        alert_of_a_missing_source(context)
    assert receiver.pings == ([] if of_a_command else ["fail", ""])
    assert [alert["kind"] for alert in receiver.alerts] == ([] if of_a_command else ["run_failed"])
    if not of_a_command:
        assert "out of memory" in receiver.alerts[0]["statement"]
        assert receiver.alerts[0]["run_id"] == failed.run_id
