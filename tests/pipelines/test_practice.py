"""The practice run as documented: the sandbox in one terminal, the refresh in another; and the exit codes of keys."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest
import requests
from collecting import point_at
from instances import instance_in_memory
from typer.testing import CliRunner

from assets.declared_sources import ADDRESSES
from assets.observations import COLLECTED
from assets.resources import Clock
from assets.weeks import monday
from pipelines.commands.app import app
from pipelines.dagster_storage import write_instance_config
from pipelines.outcome import Outcome
from pipelines.refresh import ExitCode, refresh
from pipelines.sandbox.faults import Status
from pipelines.sandbox.hub.world import START
from pipelines.sandbox.server import Sandbox, present_week

TIDEGAUGE = str(Path(sys.executable).parent / "tidegauge")


@pytest.fixture
def variables(home: Path) -> dict[str, str]:
    """Return the environment of a user who has set nothing but a home."""
    (home.parent / "dagster").mkdir()
    write_instance_config(home.parent / "dagster")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TIDEGAUGE_", "HF_"))}
    return own | {"TIDEGAUGE_HOME": str(home), "DAGSTER_HOME": str(home.parent / "dagster")}


@contextmanager
def command(*arguments: str, variables: dict[str, str]) -> Iterator[list[str]]:
    """Run `tidegauge sandbox` on a free port, and yield the lines it prints."""
    with subprocess.Popen(
        [TIDEGAUGE, "sandbox", "--port", "0", "--models", "100", *arguments],
        env=variables, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        try:
            yield [running.stdout.readline().strip() for _ in range(1 + len(ADDRESSES))]
        finally:
            running.terminate()
    assert running.returncode == 0


def refreshed(variables: dict[str, str]) -> tuple[int, str]:
    """Run the command in this process, in an environment of these variables alone."""
    with mock.patch.dict(os.environ, variables, clear=True):
        result = CliRunner().invoke(app, ["refresh"])
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.slow
def test_the_practice_run_ends_with_0_and_says_what_is_skipped(home, variables):
    with command("--export", variables=variables) as lines:
        script = home.parent / "sandbox.env"
        script.write_text("\n".join(lines))
        run = subprocess.run(
            ["/bin/sh", "-c", f". {script} && exec {TIDEGAUGE} refresh"],
            env=variables, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
    told = " ".join((run.stderr + run.stdout).split())
    assert run.returncode == ExitCode.WELL, told
    assert {line.split()[1].partition("=")[0] for line in lines[1:]} == {address.setting for address in ADDRESSES}
    for source in ("communities/reddit", "funding/sec_form_d", "platforms/replicate"):
        assert told.count(f"{source}: skipped: ") == 1
    assert "set TIDEGAUGE_REPLICATE_TOKEN" in told
    assert told.count("an approved app, and no key is set") == 1, "each reason is printed once"
    with duckdb.connect(str(home / "published" / "tidegauge.duckdb"), read_only=True) as connection:
        weeks = connection.execute("select distinct week from core.model_week").fetchall()
        failed = connection.execute("select source from meta.collection where status = 'failed'").fetchall()
    assert weeks in ([(monday(datetime.now(UTC)),)], [(monday(datetime.now(UTC) - timedelta(hours=1)),)])
    assert failed == []


def test_the_command_stands_at_the_present_week_or_at_the_one_named(variables):
    for arguments, week in (((), present_week()), (("--week", "2"), 2)):
        with command(*arguments, variables=variables) as lines:
            status = requests.get(f"{lines[0]}/_sandbox", timeout=5).json()
        assert status["week"] == week
        assert all("=" in line for line in lines[1:]), "lines for .env, as before"
    assert START + timedelta(weeks=present_week()) in (
        monday(datetime.now(UTC)), monday(datetime.now(UTC) - timedelta(hours=1))
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("since", [timedelta(hours=-5, minutes=-59), timedelta(days=6, hours=17, minutes=59)])
def test_the_practice_run_ends_with_0_on_any_day_of_the_week(home, monkeypatch, since):
    """The sandbox stands at Monday, 06:00, all week; the clock of the refresh goes on."""
    with Sandbox(models=100, week=20) as sandbox, instance_in_memory() as instance:
        point_at(sandbox, monkeypatch)
        now = sandbox.world.now(20) + since
        assert refresh(instance, Clock(simulated_now=now.isoformat())) == Outcome(ExitCode.WELL, {})


@pytest.mark.slow
def test_a_key_that_is_not_set_is_0_and_a_key_that_is_refused_is_3(variables):
    def refuse(request: Any) -> Status | None:
        return Status(401) if request.base.endswith("/replicate") else None

    with Sandbox(models=100, week=present_week()) as sandbox:
        sandbox.faults = refuse
        off = ",".join(key.path[-1] for key in COLLECTED if key.path[-1] != "replicate")
        asked = variables | sandbox.addresses | {"TIDEGAUGE_SWITCHED_OFF": off}
        code, told = refreshed(asked)
        assert code == ExitCode.WELL, told
        assert told.count("platforms/replicate: skipped: ") == 1
        code, told = refreshed(asked | {"TIDEGAUGE_REPLICATE_TOKEN": "r8_expired"})
    assert code == ExitCode.SOURCE_MISSING, told
    assert "failed platforms/replicate: " in told
    assert told.count("status 401") == 1, "the reason is printed once"
    assert "Published without the sources above" in told
