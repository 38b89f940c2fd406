"""Without a network, a refresh and the doctor end soon, and say so once."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
from collecting import point_at
from typer.testing import CliRunner

from assets.clock_check import _ahead_of
from assets.declared_sources import ADDRESSES
from assets.declared_sources import COLLECTED as SERVED
from assets.http import environment, reachability
from assets.observations import COLLECTED
from pipelines.commands.app import app
from pipelines.dagster_storage import write_instance_config
from pipelines.refresh import ExitCode
from pipelines.sandbox.server import Sandbox


@pytest.fixture
def looked_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take the network away, switch every source on at its live address, and return the hosts that are looked up."""
    found: list[str] = []
    resolve = socket.getaddrinfo

    def only_this_machine(host: Any, *rest: Any, **more: Any) -> Any:
        if host in ("localhost", "127.0.0.1", "::1"):
            return resolve(host, *rest, **more)
        found.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", only_this_machine)
    monkeypatch.setattr(reachability, "PATIENCE_S", 0.0)
    for name in (*environment.CA_BUNDLES, "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for address in ADDRESSES:
        monkeypatch.delenv(address.setting)
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
    monkeypatch.delenv("TIDEGAUGE_ALERT_URL")  # nobody is told, and the output has no word about that
    _ahead_of.cache_clear()
    monkeypatch.setenv("DAGSTER_HOME", str(home.parent / "dagster"))
    (home.parent / "dagster").mkdir()
    write_instance_config(home.parent / "dagster")
    return found


def hosts() -> set[str]:
    return {address.default.partition("://")[2].partition("/")[0] for address in ADDRESSES}


def in_words(output: str) -> str:
    return " ".join(output.split())


def attempts(home: Path) -> list[tuple[str, str, str]]:
    with duckdb.connect(str(home / "working" / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute("select source, status, reason from meta.collection order by started_at").fetchall()


def test_a_refresh_without_a_network_asks_nobody_publishes_nothing_and_says_so_once(home, looked_up):
    result = CliRunner().invoke(app, ["refresh"])
    told = in_words(result.output)
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    assert told.count("this machine seems to be offline") == 1
    assert told.count("To do:") == 1
    assert "Temporary failure in name resolution" in told
    assert len(result.output.splitlines()) < 12
    assert not (home / "published" / "tidegauge.duckdb").exists()
    assert set(looked_up) == hosts()
    times = Counter(looked_up)
    times["huggingface.co"] -= 1  # for its time
    assert max(times.values()) <= 2, "each host is looked up once, and that of the first source again"
    served = {name for name, source in SERVED.items() if source.addresses} | {"hugging_face_hub"}
    recorded = [row for row in attempts(home) if row[0] in served]
    assert {status for _, status, _ in recorded} == {"failed"}
    assert {source for source, _, _ in recorded} == served
    assert sum("seems to be offline" in reason for _, _, reason in recorded) == 1
    assert sum("it was not requested" in reason for _, _, reason in recorded) == len(recorded) - 1


def test_the_last_release_stays_and_a_later_refresh_is_as_usual(home, looked_up, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", ",".join(key.path[-1] for key in COLLECTED))
    with Sandbox(models=100) as sandbox:
        with monkeypatch.context() as patch:
            patch.setenv("TIDEGAUGE_HUB_URL", sandbox.url)
            assert CliRunner().invoke(app, ["refresh"]).exit_code == ExitCode.WELL
        release = (home / "published" / "tidegauge.duckdb").read_bytes()
        told = in_words(CliRunner().invoke(app, ["refresh"]).output)
        assert "this machine seems to be offline" in told
        assert f"the last release is unchanged, in {home / 'published'}".replace(" ", "") in told.replace(" ", "")
        assert (home / "published" / "tidegauge.duckdb").read_bytes() == release
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", sandbox.url)
        assert CliRunner().invoke(app, ["refresh"]).exit_code == ExitCode.WELL


def test_one_service_that_is_reached_is_a_network(looked_up, monkeypatch):
    with Sandbox(models=100) as sandbox:
        assert reachability.why_unreachable(["https://huggingface.co"], ["https://discord.com", sandbox.url]) is None
    told = reachability.why_unreachable(["https://huggingface.co"], ["https://discord.com", sandbox.url])
    assert told is not None
    assert "this machine seems to be offline" in told.reason


def test_a_network_that_comes_up_late_is_waited_for(monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr(reachability.time, "sleep", waited.append)
    monkeypatch.setattr(reachability, "why_not_connected", lambda address: None if len(waited) == 2 else "not yet")
    assert reachability.why_unreachable(["https://huggingface.co"], ["https://discord.com"]) is None
    assert waited == [reachability.PAUSE_S] * 2


def test_a_sandbox_that_is_not_running_is_named(home, looked_up, monkeypatch):
    with Sandbox(models=100) as sandbox:
        point_at(sandbox, monkeypatch)
    result = CliRunner().invoke(app, ["refresh"])
    told = in_words(result.output)
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    assert f"nothing listens at {sandbox.url.removeprefix('http://')} on this machine" in told
    assert "offline" not in told
    assert looked_up == []


@pytest.mark.parametrize("command", ["refresh", "doctor"])
def test_a_socks_proxy_without_its_package_is_said_once(looked_up, monkeypatch, command):
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1080")
    result = CliRunner().invoke(app, [command])
    told = in_words(result.output)
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    assert told.count("SOCKS") == 1
    assert told.count("requests[socks]") == 2, "with uv and with pip"
    assert looked_up == []


def test_the_doctor_says_it_once_and_at_once(looked_up):
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    assert result.output.count("this machine seems to be offline") == 1
    assert len(result.output.splitlines()) == 1


def test_a_service_behind_a_proxy_is_reached_when_the_proxy_is(looked_up, monkeypatch):
    with Sandbox(models=100) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert reachability.why_not_connected("https://huggingface.co") is None
    told = reachability.why_not_connected("https://huggingface.co")
    assert isinstance(told, str)
    assert told.startswith("127.0.0.1, the proxy: ")


class Refusing(BaseHTTPRequestHandler):
    """A proxy that connects to nobody, and notes what it was requested."""

    asked: list[str]

    def do_CONNECT(self) -> None:
        self.asked.append(self.path)
        self.send_error(403, "Not on the list")

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def refused(looked_up: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Set a proxy that refuses every address; yield the addresses that are requested of it."""
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("_", (Refusing,), {"asked": asked})) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setattr(reachability, "PATIENCE_S", 600.0)
        yield asked
        server.shutdown()


def test_a_proxy_that_refuses_every_address_is_said_once_and_at_once(home, refused):
    result = CliRunner().invoke(app, ["refresh"])
    told = in_words(result.output)
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    assert told.count("the proxy in the environment refuses to connect to") == 1
    assert "status 403 Not on the list" in told
    assert "offline" not in told
    assert len(result.output.splitlines()) < 12
    assert not (home / "published" / "tidegauge.duckdb").exists()
    assert {place.partition(":")[0] for place in refused} == hosts()
    asked = Counter(refused)
    asked["huggingface.co:443"] -= 1  # for the time of the Hub
    assert max(asked.values()) <= 2, "each host once, and that of the first source again"


def test_the_doctor_names_a_proxy_that_refuses_every_address(refused):
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    assert in_words(result.output).count("the proxy in the environment refuses to connect to") == 1


@pytest.mark.slow
def test_the_command_ends_within_seconds(home, monkeypatch):
    """As a user has it, with the names of hosts that do not exist."""
    variables = os.environ | {
        "TIDEGAUGE_SWITCHED_OFF": "",
        "DAGSTER_HOME": str(home.parent / "dagster"),
        **{address.setting: f"https://n{number}.invalid" for number, address in enumerate(ADDRESSES)},
    }
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        variables = {key: value for key, value in variables.items() if key.lower() != name}
    (home.parent / "dagster").mkdir()
    write_instance_config(home.parent / "dagster")
    command = [str(Path(sys.executable).parent / "tidegauge"), "refresh"]
    begun = time.monotonic()
    run = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300)
    assert run.returncode == ExitCode.NOTHING_PUBLISHED
    assert in_words(run.stdout + run.stderr).count("this machine seems to be offline") == 1
    assert time.monotonic() - begun < 120, "the suite runs on few cores; alone it takes 20 seconds"
