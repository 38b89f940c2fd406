"""Every command of the deployment files, and of the pages about them, exists with its options."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from deployments import PYPROJECT, ROOT, commands, compose, installer, unknown_words

from pipelines.commands.app import app
from pipelines.jobs import weekly_refresh

OURS = {"tidegauge", "dagster", "dagster-daemon", "dagster-webserver"}
# Programs that a reader of these pages has, or gets with what the page is about.
OTHERS = {
    "/usr/bin/systemctl", ".venv/bin/python", "cd", "chmod", "cp", "docker", "git", "helm", "install", "journalctl", "kubectl",
    "ln", "mkdir", "openssl", "pg_dump", "pg_isready", "pip", "podman", "python", "sudo", "systemctl", "systemd-analyze",
    "useradd",
}  # fmt: skip


def inner(words: list[str]) -> list[str]:
    """Return the command that another starts: in a container, in a pod, or as another account."""
    match words:
        case ["sudo", "--user", _, *rest] | ["sudo", *rest]:
            return [word for word in rest if not re.match(r"[A-Z_]+=", word)]
        case ["podman", "compose", "exec" | "run", *rest]:
            service, *command = (word for word in rest if word not in ("-T", "--rm"))
            assert service in compose()["services"]
            return command
        case ["podman", "run", *rest]:
            return rest[rest.index(f"localhost/tidegauge:{PYPROJECT['project']['version']}") + 1 :]
        case ["kubectl", "exec", _, "--", *rest]:
            return rest
    return words


def ours(name: str) -> Any:
    """Return one of our programs, imported when it is looked at: Dagster's take seconds."""
    match name:
        case "tidegauge":
            return typer.main.get_command(app)
        case "dagster":
            from dagster._cli import create_dagster_cli

            return create_dagster_cli()
        case "dagster-daemon":
            from dagster._daemon.cli import create_dagster_daemon_cli

            return create_dagster_daemon_cli()
        case _:
            from dagster_webserver.cli import dagster_webserver

            return dagster_webserver


@pytest.mark.parametrize(
    ("place", "words"), [pytest.param(*one, id=f"{one[0]}-{' '.join(one[1])[:60]}") for one in commands()]
)
def test_every_command_exists_with_its_options(place, words):
    program, *rest = inner(words)
    name = Path(program).name
    if name in OURS:
        assert (Path(sys.executable).parent / name).exists(), "it is installed"
        assert unknown_words(ours(name), rest) == []
        if "--job" in rest:
            assert rest[rest.index("--job") + 1] == weekly_refresh.name
    elif name == "uv":
        assert [word for word in rest[1:] if not re.search(rf"(?<!\S){word}(?!\S)", installer())] == []
    elif name == "make":
        subprocess.run(["make", "--dry-run", *rest], cwd=ROOT, check=True, capture_output=True)
    else:
        assert program in OTHERS, place
