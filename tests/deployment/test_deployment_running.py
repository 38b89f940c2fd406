"""The Compose file without an engine: its own commands, with its own environment, beside a real PostgreSQL.

The whole of it takes a minute and a half of an idle machine: `pytest -m scale tests/deployment/test_deployment_running.py`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import requests
import yaml
from deployments import DEPLOY, ROOT, compose, instructions
from lakes import free_port, postgres

from assets.observations import COLLECTED
from pipelines.commands.demo import KEYS
from pipelines.jobs import ONE_AT_A_TIME
from pipelines.sandbox.server import Sandbox

PATIENCE_SECONDS = 600
PASSWORD = "canary-of-a-password"
BIN = Path(sys.executable).parent


def test_dagster_keeps_its_history_in_postgresql(tmp_path, monkeypatch):
    """An instance is built from `dagster.yaml`, and its tables exist after the first start."""
    with postgres() as database:
        environment = compose(PGPASSWORD=PASSWORD)["services"]["daemon"]["environment"]
        database.database(environment["PGDATABASE"])
        of_this_one = {"PGHOST": "127.0.0.1", "PGPORT": str(database.port), "PGUSER": "postgres"}
        for name, value in (environment | of_this_one).items():
            monkeypatch.setenv(name, value)
        (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"), encoding="utf-8")
        with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
            run = instance.add_run(dg.DagsterRun("weekly_refresh", tags=ONE_AT_A_TIME))
            queue = instance.get_concurrency_config().run_queue_config
            assert PASSWORD not in repr(instance.get_ref()), "it is handed from process to process"
        assert queue
        assert (queue.max_concurrent_runs, queue.tag_concurrency_limits) == (
            4,
            [{"key": "tidegauge/refresh", "limit": 1}],
        )
        with dg.DagsterInstance.from_config(str(tmp_path)) as again:
            assert again.get_run_by_id(run.run_id) == run
        assert not list(tmp_path.rglob("*.db")), "nothing in SQLite"


@dataclass(frozen=True)
class Deployed:
    """The services of the Compose file as processes: where the pages answer, and how a command is run in one of them."""

    pages: str
    home: Path
    run: Callable[[str, list[str]], subprocess.CompletedProcess[str]]
    pids: dict[str, int]

    def send(self, query: str) -> dict:
        """Query the web server in GraphQL."""
        answer = requests.post(f"{self.pages}/graphql", json={"query": query}, timeout=60)
        return answer.json()


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Begin the services in the order that the file gives, each when those that it waits for are healthy."""
    folder = tmp_path_factory.mktemp("deployed")
    ports = {"code": free_port(), "webserver": free_port()}
    dagster_home, home = folder / "dagster", folder / "data"
    for made in (dagster_home, home):
        made.mkdir()
    (dagster_home / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    workspace = (DEPLOY / "workspace.yaml").read_text(encoding="utf-8").replace("host: code", "host: 127.0.0.1")
    workspace = workspace.replace("4000", str(ports["code"]))
    (dagster_home / "workspace.yaml").write_text(workspace, encoding="utf-8")
    services = compose(PGPASSWORD=PASSWORD)["services"]
    (cmd,) = [yaml.safe_load(text) for name, text in instructions() if name == "CMD"]

    with ExitStack() as stack:
        database = stack.enter_context(postgres())
        sandbox = stack.enter_context(Sandbox(models=200))
        database.database(services["code"]["environment"]["PGDATABASE"])
        keys = {**sandbox.addresses, **KEYS, "TIDEGAUGE_SWITCHED_OFF": ",".join(key.path[-1] for key in COLLECTED)}

        def here(words: list[str]) -> list[str]:
            """Put the places of this machine where the file names those of the containers."""
            places = {"/dagster": str(dagster_home), "0.0.0.0": "127.0.0.1"}
            places |= {"4000": str(ports["code"]), "3000": str(ports["webserver"])}
            for old, new in places.items():
                words = [word.replace(old, new) for word in words]
            return words

        def how(service: str) -> dict:
            environment = {
                name: value for name, value in os.environ.items() if not name.startswith(("PG", "TIDEGAUGE"))
            }
            environment |= services[service]["environment"]
            environment |= {"PGHOST": "127.0.0.1", "PGPORT": str(database.port), "PGUSER": "postgres"}
            environment |= {"DAGSTER_HOME": str(dagster_home), "TIDEGAUGE_HOME": str(home)}
            environment |= {"PATH": f"{BIN}:{os.environ['PATH']}", "DAGSTER_DISABLE_TELEMETRY": "1"}
            # Keys of services: in the file of settings that the code alone is given.
            environment |= keys if "env_file" in services[service] else {"HF_TOKEN": ""}
            return {"env": environment, "cwd": ROOT, "text": True}

        def run(service: str, words: list[str]) -> subprocess.CompletedProcess[str]:
            return subprocess.run(here(words), capture_output=True, check=False, **how(service))

        pids = {}
        for service in ("code", "daemon", "webserver"):
            assert all(name in {*pids, "postgres"} for name in services[service]["depends_on"])
            log = folder / f"{service}.log"
            pids[service] = stack.enter_context(
                _service(here(services[service].get("command", cmd)), log, how(service))
            )
            _wait(lambda: run(service, services[service]["healthcheck"]["test"][1:]).returncode == 0, log)  # noqa: B023
        yield Deployed(f"http://127.0.0.1:{ports['webserver']}", home, run, pids)


@contextmanager
def _service(words: list[str], log: Path, how: dict) -> Iterator[int]:
    with log.open("w") as told:
        process = subprocess.Popen(words, stdout=told, stderr=subprocess.STDOUT, process_group=0, **how)
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(is_so: Callable[[], bool], log: Path) -> None:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < PATIENCE_SECONDS, log.read_text()[-3000:]
        time.sleep(0.5)


SELECTOR = 'repositoryName: "__repository__", repositoryLocationName: "tidegauge"'


@pytest.mark.scale
def test_the_schedule_and_the_sensors_begin_as_switched_on(deployed):
    asked = deployed.send(
        f'{{ scheduleOrError(scheduleSelector: {{{SELECTOR}, scheduleName: "every_monday"}}) '
        "{ ... on Schedule { scheduleState { status } } } "
        f"sensorsOrError(repositorySelector: {{{SELECTOR}}}) "
        "{ ... on Sensors { results { sensorState { status } } } } }"
    )["data"]
    assert asked["scheduleOrError"] == {"scheduleState": {"status": "RUNNING"}}
    assert [one["sensorState"]["status"] for one in asked["sensorsOrError"]["results"]] == ["RUNNING", "RUNNING"]


@pytest.mark.scale
def test_the_pages_are_for_looking(deployed):
    launch = (
        f'mutation {{ launchRun(executionParams: {{selector: {{{SELECTOR}, jobName: "weekly_refresh"}}, '
        "runConfigData: {}}) { __typename } }"
    )
    assert deployed.send(launch)["data"] == {"launchRun": {"__typename": "UnauthorizedError"}}


@pytest.mark.scale
def test_a_refresh_that_is_put_into_the_queue_is_published(deployed):
    """By the command of docs/deployment.md."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (command,) = [line for line in page.splitlines() if "exec daemon dagster job launch" in line]
    done = deployed.run("daemon", command.split("exec daemon ")[1].split())
    assert done.returncode == 0, done.stderr
    newest = "{ runsOrError(limit: 1) { ... on Runs { results { status tags { key value } } } } }"
    begun = time.monotonic()
    while True:
        (run,) = deployed.send(newest)["data"]["runsOrError"]["results"]
        if run["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
            break
        assert time.monotonic() - begun < PATIENCE_SECONDS, run
        time.sleep(1)
    assert run["status"] == "SUCCESS"
    assert {"key": "tidegauge/refresh", "value": "alone"} in run["tags"], "the queue limits it"
    with duckdb.connect(str(deployed.home / "published" / "tidegauge.duckdb"), read_only=True) as release:
        assert release.execute("select count(*) from core.model").fetchall() == [(200,)]
    status = deployed.run("code", ["tidegauge", "status"])
    assert "release   1 of " in status.stdout


@pytest.mark.scale
def test_no_command_line_shows_a_secret(deployed):
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((process / "cmdline").read_bytes())
        except OSError:  # it has ended meanwhile
            continue
    assert any(str(deployed.home.parent).encode() in line for line in lines), "the services are among them"
    assert [line for line in lines if PASSWORD.encode() in line or KEYS["HF_TOKEN"].encode() in line] == []


@pytest.mark.scale
def test_only_the_code_has_the_keys_of_services(deployed):
    having = {
        service
        for service, pid in deployed.pids.items()
        if KEYS["HF_TOKEN"].encode() in Path(f"/proc/{pid}/environ").read_bytes()
    }
    assert having == {"code"}
    assert json.dumps(deployed.send("{ instance { info } }")).find(PASSWORD) == -1, "nor do the pages show the password"
