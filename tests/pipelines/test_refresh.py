"""The weekly refresh as a user runs it: against the sandbox, killed, with faults, repeated; readers always have a whole release."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import duckdb
import pytest
from collecting import point_at
from instances import instance_in_memory
from releases import made_once
from replay import Replay, Reply, model, pages_of
from typer.testing import CliRunner

from assets.observations import COLLECTED
from assets.resources import Clock
from assets.settings import CHECKOUT
from pipelines.commands import terminal
from pipelines.commands.app import app
from pipelines.dagster_storage import write_instance_config
from pipelines.definitions import definitions
from pipelines.exclusive_run import RunInProgressError
from pipelines.outcome import Outcome, failures_of
from pipelines.refresh import ExitCode, refresh
from pipelines.run_locks import RUN_LOCK, locked_run, report_dead_runs
from pipelines.sandbox.faults import Status, on_page, rows_altered
from pipelines.sandbox.server import Sandbox

MODELS = 2500
# All sources but the Hub, as in `conftest.home`.
SWITCHED_OFF = {key.path[-1] for key in COLLECTED}
ROWS = {
    "core.model": "select * from core.model",
    "core.model_week": "select * from core.model_week",
    "core.model_name": "select * from core.model_name",
    "core.observation": "select * exclude (recorded_at, observed_at, evidence_url, attributes) from core.observation",
    "growth.rate": "select * from growth.rate",
}

PAGES = pages_of(5500)

# Sources, and the steps that collect them.
FAILING = {"docker_hub": "platforms__docker_hub", "discord": "communities__discord"}

RENAMED = "select id from core.model where name_since > first_seen union select id from base.model_name"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Yield an ephemeral Dagster instance."""
    with instance_in_memory() as ephemeral:
        yield ephemeral


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Yield a sandbox, with the Hub's setting pointing at it."""
    with Sandbox(models=MODELS) as served:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", served.url)
        yield served


def at_week(sandbox: Sandbox, week: int) -> Clock:
    sandbox.week = week
    return Clock(simulated_now=sandbox.world.now(week).isoformat())


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "published" / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def after_a_week(
    home: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Begin with the home of a refresh in week 0, of the Hub and of the sources in `FAILING`: made once, and copied.

    For a later week: the sandbox is at another address, which is another fact of the same moment in the same week.
    """

    def make(folder: Path) -> None:
        with monkeypatch.context() as patch, instance_in_memory() as instance:
            point_at(sandbox, patch)
            patch.setenv("TIDEGAUGE_SWITCHED_OFF", ",".join(sorted(SWITCHED_OFF - FAILING.keys())))
            patch.setenv("TIDEGAUGE_HOME", str(folder))
            assert refresh(instance, at_week(sandbox, 0)) == Outcome(ExitCode.WELL, {})

    made = made_once(tmp_path_factory, "after_a_week", make)
    for name in ("working", "published"):
        shutil.copytree(made / name, home / name)


def test_three_weeks_are_the_truth_of_the_world(home, instance, sandbox):
    for week in range(3):
        assert refresh(instance, at_week(sandbox, week)) == Outcome(ExitCode.WELL, {})
    truth = [sandbox.world.truth(week) for week in range(3)]
    sums = "select count(*), sum(downloads_30d)::bigint, sum(downloads_all_time)::bigint"
    measured = rows(home, f"{sums} from core.model_week group by week order by week")
    left_out = rows(home, "select count(*) from meta.set_aside where treatment = 'left_out'")
    assert left_out == [(0,)]
    assert measured == [(t.models, t.downloads, t.downloads_all_time) for t in truth]
    for week, t in enumerate(truth[1:], 1):
        monday = sandbox.world.now(week).date()
        gone = rows(home, f"select count(*) from core.model where removed_in = '{monday}'")
        assert gone[0][0] <= t.deletions, "what returned later is not gone"
        renamed = rows(
            home, f"select count(*) from core.model_name where first_seen = '{monday}' and id in ({RENAMED})"
        )
        assert renamed == [(t.renames,)]
    assert rows(home, "select distinct source from core.observation where basis = 'measured'") == [("sandbox_hub",)]
    assert rows(home, "select origin from meta.warehouse") == [("sandbox",)]
    assert rows(home, "select version, weeks from meta.release order by 1") == [(1, 1), (2, 2), (3, 3)]
    asked = "select source, status, count(*) from meta.collection where status <> 'skipped' group by all order by all"
    assert rows(home, asked) == [
        ("curated", "complete", 3),
        ("sandbox_hub", "complete", 3),
    ]
    growth = rows(
        home, "select count(*) from growth.rate where metric = 'hub_models' and grain = 'week' and basis = 'measured'"
    )
    assert growth == [(2,)]


def test_a_second_refresh_in_a_week_counts_once(home, instance, sandbox):
    clock = at_week(sandbox, 0)
    assert refresh(instance, clock).exit_code == ExitCode.WELL
    before = {table: rows(home, f"{query} order by all") for table, query in ROWS.items()}
    asked = len(sandbox.requests)
    assert refresh(instance, clock).exit_code == ExitCode.WELL
    assert len(sandbox.requests) > asked, "the second refresh asks for present values"
    assert {table: rows(home, f"{query} order by all") for table, query in ROWS.items()} == before


@pytest.mark.slow
@pytest.mark.usefixtures("after_a_week")
def test_a_source_that_fails_is_named_and_the_rest_is_published(home, instance, sandbox):
    sandbox.faults = on_page(2, Status(401), times=100)
    outcome = refresh(instance, at_week(sandbox, 1))
    assert outcome.exit_code == ExitCode.SOURCE_MISSING
    assert "status 401" in outcome.failures["hub__walk"]
    assert rows(home, "select version, weeks from meta.release order by 1") == [(1, 1), (2, 1)]
    assert rows(home, "select count(distinct week) from core.model_week") == [(1,)]
    ((status, reason),) = rows(
        home, "select status, reason from meta.collection where source like '%hub' order by finished_at desc limit 1"
    )
    assert status == "failed"
    assert "status 401" in reason
    sandbox.faults = None
    assert refresh(instance, at_week(sandbox, 1)).exit_code == ExitCode.WELL
    assert rows(home, "select count(distinct week) from core.model_week") == [(2,)]


@pytest.mark.slow
def test_a_quarter_of_the_hub_is_refused(home, instance, monkeypatch):
    with Replay(pages_of(4000)) as whole:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", whole.url)
        assert refresh(instance, Clock(simulated_now="2026-11-16T06:00:00+00:00")).exit_code == ExitCode.WELL
    with Replay(pages_of(1000)) as quarter:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", quarter.url)
        outcome = refresh(instance, Clock(simulated_now="2026-11-23T06:00:00+00:00"))
    assert outcome.exit_code == ExitCode.SOURCE_MISSING
    assert rows(home, "select week, count(*) from core.model_week group by 1") == [
        (rows(home, "select min(week) from core.model_week")[0][0], 4000)
    ]
    assert rows(home, "select status from meta.collection where source like '%face_hub' order by finished_at") == [
        ("complete",),
        ("partial",),
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("after_a_week")
def test_a_walk_without_counters_of_all_time_is_published_with_gaps(home, instance, sandbox, capsys):
    without = rows_altered(
        lambda page: [{name: one for name, one in record.items() if name != "downloadsAllTime"} for record in page]
    )
    sandbox.faults = on_page(1, without, times=None)
    outcome = refresh(instance, at_week(sandbox, 1))
    assert outcome.exit_code == ExitCode.WELL
    newest = "select downloads_all_time from charts.hub_downloads where series = 'hub_downloads_30d'"
    ((before,), (now,)) = rows(home, f"{newest} order by period_start")
    assert before > 0
    assert now is None
    terminal.report(outcome, home / "published", verbose=True)
    assert re.search(r"Downloads since the beginning +not known", capsys.readouterr().out)


@pytest.mark.slow
def test_a_listing_with_a_new_form_publishes_nothing(home, instance, monkeypatch):
    with Replay(pages_of(1000)) as good:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", good.url)
        assert refresh(instance, Clock(simulated_now="2026-11-16T06:00:00+00:00")).exit_code == ExitCode.WELL
    changed = [[{**record, "downloads": {"total": 1}} for record in page] for page in pages_of(1000)]
    with Replay(changed) as odd:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", odd.url)
        outcome = refresh(instance, Clock(simulated_now="2026-11-23T06:00:00+00:00"))
    assert outcome.exit_code == ExitCode.NOTHING_PUBLISHED
    assert "1,000 x downloads" in outcome.failures["hub_models"]
    assert rows(home, "select version from meta.release") == [(1,)]


def test_without_a_walk_nothing_is_published(home, instance, monkeypatch):
    with Replay([], before=lambda number, path: Reply(b"no", 401)) as closed:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", closed.url)
        outcome = refresh(instance)
    assert outcome.exit_code == ExitCode.NOTHING_PUBLISHED
    assert "status 401" in outcome.failures["hub__walk"]
    assert "there is no complete walk over the Hub yet" in outcome.failures["hub_models"]
    assert not (home / "published" / "tidegauge.duckdb").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("after_a_week")
def test_without_a_network_nothing_is_published_and_the_last_release_stays(home, instance, sandbox, monkeypatch):
    monkeypatch.setattr("assets.http.client._wait", lambda state: 0.0)
    monkeypatch.setenv("TIDEGAUGE_HUB_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", ",".join(sorted(SWITCHED_OFF - {"docker_hub"})))
    outcome = refresh(instance, at_week(sandbox, 1))
    assert outcome.exit_code == ExitCode.NOTHING_PUBLISHED
    assert "no service could be reached" in outcome.failures["observations"]
    assert {"hub__walk", "platforms__docker_hub"} <= set(outcome.failures)
    assert rows(home, "select version, weeks from meta.release") == [(1, 1)]


@pytest.mark.slow
@pytest.mark.usefixtures("after_a_week")
@pytest.mark.parametrize("sources", [{"docker_hub"}, {"docker_hub", "discord"}])
def test_a_failed_source_is_a_red_check_in_a_run_that_succeeds_and_publishes(
    home, instance, sandbox, monkeypatch, sources
):
    """All services respond in the first week; in the second, those of `sources` refuse."""
    point_at(sandbox, monkeypatch)
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", ",".join(sorted(SWITCHED_OFF - FAILING.keys())))
    steps = {FAILING[source] for source in sources}
    services = tuple(f"/{source.replace('_', '-')}" for source in sources)

    def refuse(request: Any) -> Status | None:
        return Status(403) if request.base.endswith(services) else None

    sandbox.faults = refuse
    outcome = refresh(instance, at_week(sandbox, 1))
    assert outcome.exit_code == ExitCode.SOURCE_MISSING
    assert set(outcome.failures) == steps
    assert all("status 403" in reason and "To do:" in reason for reason in outcome.failures.values())
    (run,) = instance.get_runs(limit=1)
    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert red_checks(instance, run.run_id) == steps
    assert rows(home, "select version, weeks from meta.release order by 1") == [(1, 1), (2, 2)]
    assert {source for (source,) in rows(home, "select source from meta.collection where status = 'failed'")} == sources


def red_checks(instance: dg.DagsterInstance, run_id: str) -> set[str | None]:
    """Return the steps of the checks that failed with severity ERROR in a run."""
    records = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [record.get_dagster_event() for record in records]
    return {
        event.step_key
        for event in events
        if not event.asset_check_evaluation_data.passed
        and event.asset_check_evaluation_data.severity == dg.AssetCheckSeverity.ERROR
    }


@pytest.mark.slow
@pytest.mark.usefixtures("after_a_week")
def test_with_every_source_refused_the_earlier_weeks_are_published(home, instance, sandbox, monkeypatch):
    point_at(sandbox, monkeypatch)
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", ",".join(sorted(SWITCHED_OFF - FAILING.keys())))
    before = rows(home, "select * from core.model_week order by all")
    sandbox.faults = lambda request: Status(401)
    outcome = refresh(instance, at_week(sandbox, 1))
    assert outcome.exit_code == ExitCode.SOURCE_MISSING
    assert set(outcome.failures) == {"hub__walk", *FAILING.values()}
    assert rows(home, "select version, weeks from meta.release order by 1") == [(1, 1), (2, 1)]
    assert rows(home, "select * from core.model_week order by all") == before


@pytest.mark.slow
def test_a_source_without_its_key_is_skipped_and_changes_no_exit_code(home, instance, sandbox, monkeypatch):
    point_at(sandbox, monkeypatch)
    monkeypatch.delenv("TIDEGAUGE_REPLICATE_TOKEN")
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", ",".join(sorted(SWITCHED_OFF - {"replicate"})))
    outcome = refresh(instance, at_week(sandbox, 0))
    assert outcome.exit_code == ExitCode.WELL
    assert outcome.failures["platforms__replicate"].startswith("skipped: ")
    assert not red_checks(instance, instance.get_runs(limit=1)[0].run_id)


def test_two_refreshes_at_once_are_one(home, instance, sandbox):
    errors: list[BaseException] = []

    def second(_: object) -> None:
        if not errors:
            with pytest.raises(RunInProgressError) as error:
                refresh(instance, at_week(sandbox, 0))
            errors.append(error.value)

    sandbox.on_request = second
    assert refresh(instance, at_week(sandbox, 0)).exit_code == ExitCode.WELL
    assert errors


def test_a_run_whose_process_died_is_reported_as_failed(home, instance):
    """A process is killed while it holds the lock of a run."""
    job = dg.GraphDefinition(name="g", node_defs=[]).to_job()
    hold = (
        "import sys, time, pathlib; from pipelines.run_locks import locked_run\n"
        "with locked_run(pathlib.Path(sys.argv[1]), sys.argv[2]) as file: print(file, flush=True); time.sleep(600)"
    )
    run_id = str(uuid4())
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(home), run_id], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        file = process.stdout.readline().strip()
        run = instance.create_run_for_job(job, run_id=run_id, status=dg.DagsterRunStatus.STARTED, tags={RUN_LOCK: file})
        assert report_dead_runs(instance) == []
        assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.STARTED
        process.kill()
    assert [dead.run_id for dead in report_dead_runs(instance)] == [run.run_id]
    assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.FAILURE
    assert report_dead_runs(instance) == [], "it is told once"


def test_the_run_of_another_machine_is_left_alone(home, instance):
    job = dg.GraphDefinition(name="g", node_defs=[]).to_job()
    elsewhere = {RUN_LOCK: str(home / "of-another-machine.lock")}
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=elsewhere)
    assert report_dead_runs(instance) == []
    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.STARTED


def test_the_lock_of_a_run_ends_with_it(home):
    with locked_run(home, "one") as file:
        assert file.exists()
    assert not file.exists()


def start(home: Path, url: str) -> subprocess.Popen[bytes]:
    """Start a refresh as a user does, in a process of its own."""
    environment = os.environ | {
        "TIDEGAUGE_HOME": str(home),
        "TIDEGAUGE_HUB_URL": url,
        "DAGSTER_HOME": str(home.parent / "dagster"),
    }
    (home.parent / "dagster").mkdir(exist_ok=True)
    write_instance_config(home.parent / "dagster")
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "tidegauge"), "refresh"], env=environment, stderr=subprocess.PIPE
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.mark.slow
def test_a_refresh_that_was_killed_in_the_walk_asks_for_the_pages_that_are_missing(home):
    killed: list[int] = []

    def dies_at_the_fourth_page(number: int, path: str) -> Reply | None:
        if "cursor=3" in path and not killed:
            killed.append(number)
            kill(process)
        return None

    with Replay(PAGES, before=dies_at_the_fourth_page) as replay:
        process = start(home, replay.url)
        assert process.wait(300) == -signal.SIGKILL
        asked = len(replay.page_requests)
        process = start(home, replay.url)
        assert process.wait(300) == 0, process.communicate()
        # The page that was under way when the process died may still be answered after that.
        assert sorted(set(replay.page_requests[asked:])) in ([2, 3, 4, 5], [3, 4, 5])
    assert rows(home, "select count(*) from core.model_week") == [(5500,)]


@pytest.mark.slow
def test_a_service_that_repeats_our_key_is_not_quoted(home, instance, monkeypatch):
    canary = "hf_canary_5f3a9c"
    monkeypatch.setenv("HF_TOKEN", canary)
    walk = definitions().resolve_job_def("hub_refresh")
    for status, kind in ((200, "text/html"), (200, "application/json"), (500, "text/plain"), (403, "application/json")):
        echo = Reply(f'["Bearer {canary}"]'.encode(), status, {"Content-Type": kind})
        with Replay([], before=lambda number, path, echo=echo: echo) as service:
            monkeypatch.setenv("TIDEGAUGE_HUB_URL", service.url)
            if status != 403:
                failures = failures_of(walk.execute_in_process(instance=instance, raise_on_error=False))
            else:
                failures = refresh(instance).failures
        assert "repeats our own key" in failures["hub__walk"]
        assert canary not in str(failures)
    for path in home.rglob("*"):
        if path.is_file():
            assert canary.encode() not in path.read_bytes(), path
    for run in instance.get_runs():
        assert all(canary not in str(record) for record in instance.all_logs(run.run_id))


@pytest.mark.slow
def test_a_week_that_was_refused_is_walked_again(home, instance, monkeypatch):
    odd = [{**model(n), "downloads": "many"} for n in range(20)]
    clock = Clock(simulated_now="2026-11-16T06:00:00+00:00")
    with Replay([odd]) as service:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", service.url)
        assert refresh(instance, clock).exit_code == ExitCode.NOTHING_PUBLISHED
        service.pages[0] = json.dumps([model(n) for n in range(20)]).encode()
        assert refresh(instance, clock).exit_code == ExitCode.WELL
    assert rows(home, "select count(*) from core.model_week") == [(20,)]


@pytest.mark.slow
def test_sandbox_and_live_never_meet_and_neither_blocks_the_other(home, instance, sandbox, monkeypatch):
    clock = at_week(sandbox, 0)
    assert refresh(instance, clock).exit_code == ExitCode.WELL
    with Replay(pages_of(2500)) as live:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", live.url)
        outcome = refresh(instance, clock)
        assert outcome.exit_code == ExitCode.SOURCE_MISSING
        assert "has sandbox rows" in outcome.failures["hub__walk"]
    monkeypatch.setenv("TIDEGAUGE_HUB_URL", sandbox.url)
    assert refresh(instance, clock).exit_code == ExitCode.WELL
    assert rows(home, "select distinct source from core.observation where basis = 'measured'") == [("sandbox_hub",)]


@pytest.mark.slow
def test_a_walk_over_midnight_on_sunday_stands_for_the_week_it_began_in(home, instance, monkeypatch):
    before, after = "2026-11-15T23:50:00+00:00", "2026-11-16T00:10:00+00:00"
    with Replay(pages_of(30)) as service:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", service.url)
        monkeypatch.setattr(
            Clock, "present", lambda self: datetime.fromisoformat(after if service.page_requests else before)
        )
        assert refresh(instance).exit_code == ExitCode.WELL
    week = [(date(2026, 11, 9),)]
    assert rows(home, "select distinct week from core.model_week") == week
    assert rows(home, "select distinct week from meta.collection") == week, "the sources too"
    assert rows(home, "select date_trunc('week', published_at)::date from meta.release") == week


@pytest.mark.slow
def test_an_interrupt_publishes_nothing_and_says_what_to_do(home, tmp_path):
    with Replay(pages_of(5500), before=lambda n, path: time.sleep(60) if "cursor=3" in path else None) as replay:
        process = start(home, replay.url)
        while (
            3 not in replay.page_requests
            and process.poll() is None
            and not any("cursor=3" in path for path in replay.asked)
        ):
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == ExitCode.NOTHING_PUBLISHED
    assert b"interrupted" in errors
    assert b"it continues" in b" ".join(errors.split())
    assert not (home / "published" / "tidegauge.duckdb").exists()


def test_wrong_settings_are_a_sentence_and_exit_2(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for name, value in (
        ("TIDEGAUGE_HUB_URL", "notaurl"),
        ("TIDEGAUGE_HUB_URL", "ftp://x"),
        ("TIDEGAUGE_HUB_URL", "http://user:PASSW0RD@127.0.0.1:9"),
        ("TIDEGAUGE_HOME", str(tmp_path / "file")),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            result = CliRunner().invoke(app, ["refresh"])
        assert result.exit_code == ExitCode.WRONG_USAGE, (name, value)
        assert isinstance(result.exception, SystemExit)
        assert "PASSW0RD" not in result.output
        assert name in result.output


def test_the_token_is_nowhere_that_a_run_writes(home, instance, sandbox, monkeypatch):
    canary = "hf_canary_5f3a9c"
    monkeypatch.setenv("HF_TOKEN", canary)
    assert refresh(instance, at_week(sandbox, 0)).exit_code == ExitCode.WELL
    assert any(seen.had_authorization for seen in sandbox.requests)
    for path in home.rglob("*"):
        if path.is_file():
            assert canary.encode() not in path.read_bytes(), path
    for record in instance.all_logs(instance.get_runs()[0].run_id):
        assert canary not in str(record)
