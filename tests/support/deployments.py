"""Shared by the tests of the deployment files: the parsed files, and the commands in them and in their pages."""

import functools
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PAGE = ROOT / "docs" / "deployment.md"
UNITS = sorted((DEPLOY / "systemd").iterdir())
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read(path: str) -> Any:
    """Return what a YAML file of `deploy/` says; a file of several documents gives a list of them."""
    documents = list(yaml.safe_load_all((DEPLOY / path).read_text(encoding="utf-8")))
    return documents if len(documents) > 1 else documents[0]


def interpolated(text: str, **settings: str) -> str:
    """Put settings, or their defaults, where Compose would: `${NAME:-default}` and `${NAME:?reason}`."""
    return re.sub(
        r"\$\{(\w+):([-?])([^}]*)\}",
        lambda found: settings.get(found[1], found[3] if found[2] == "-" else f"<{found[1]}>"),
        text,
    )


def compose(*files: str, **settings: str) -> dict[str, Any]:
    """Return the Compose file as Compose would see it, with the others laid over it."""
    merged: dict[str, Any] = {}
    for file in files or ("compose.yaml",):
        text = (DEPLOY / file).read_text(encoding="utf-8")
        _lay_over(merged, yaml.safe_load(interpolated(text, **settings)))
    return merged


def _lay_over(below: dict[str, Any], above: dict[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            below[key] = dict(below[key])
            _lay_over(below[key], value)
        else:
            below[key] = value


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile, each with its arguments on one line."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(name, " ".join(rest.split())) for name, _, rest in (line.partition(" ") for line in lines if line)]


def unit(path: Path) -> list[tuple[str, str, str]]:
    """Return the settings of a unit of systemd: section, name, value."""
    section, settings = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, is_set, value = line.partition("=")
            assert section, (path.name, line)
            assert is_set, (path.name, line)
            settings.append((section, name, value))
    return settings


def commands() -> Iterator[tuple[str, list[str]]]:
    """Return every command of the files and of the pages, with the place where it stands."""
    for name, arguments in instructions():
        if name == "CMD":
            yield "Containerfile", yaml.safe_load(arguments)
        elif name == "RUN":
            for command in arguments.split(" && "):
                yield "Containerfile", shlex.split(command)
    for name, service in compose()["services"].items():
        if "command" in service:
            yield f"compose.yaml: {name}", service["command"]
        yield f"compose.yaml: {name}", service["healthcheck"]["test"][1:]
    for deployment in read("kubernetes/values.yaml")["dagster-user-deployments"]["deployments"]:
        # As the chart's template has it.
        port = str(deployment["port"])
        yield "values.yaml", ["dagster", "api", "grpc", "-h", "0.0.0.0", "-p", port, *deployment["dagsterApiGrpcArgs"]]
    for path in UNITS:
        for _, name, value in unit(path):
            if name.startswith("Exec"):
                yield path.name, shlex.split(value)
    text = PAGE.read_text(encoding="utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            for command in line.split(" && "):
                if words := shlex.split(command, comments=True):
                    yield PAGE.name, words
    for words in re.findall(r"`((?:podman|kubectl|tidegauge|systemctl|systemd-analyze) [^`]+)`", text):
        yield PAGE.name, shlex.split(words)


def unknown_words(command: Any, words: list[str]) -> list[str]:
    """Return the options and commands that a program does not have. (Typer has its own copy of click.)"""
    options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")}
    if not words or words[0] == "--help":
        return []
    word, *rest = words
    if word.startswith("-"):
        if word not in options:
            return [word]
        return unknown_words(command, rest if options[word].is_flag else rest[1:])
    if hasattr(command, "commands"):
        below = command.commands.get(word)
        return [word] if below is None else unknown_words(below, rest)
    return unknown_words(command, rest)


@functools.cache
def installer() -> str:
    """The verbose output of `uv sync`."""
    uv = str(Path(sys.executable).parent / "uv")
    return subprocess.run([uv, "help", "sync"], capture_output=True, text=True, check=True).stdout
