"""docs/add_a_source.md, applied to a copy of the checkout: the new source works, and `make check` passes."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add_a_source.md").read_text(encoding="utf-8")
NEW_TEST = "tests/assets/platforms/test_crates_io.py"
BIN = Path(sys.executable).parent
CACHE = ".mypy_cache"


def follow(page: str, checkout: Path) -> list[str]:
    """Write the files and rows of the page; return the paths that it names."""
    blocks = re.findall(r"^`([\w/.]+)`, (new|a new row):\n\n^```\w+\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for name, kind, body in blocks:
        file = checkout / name
        assert file.exists() == (kind == "a new row"), file
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as opened:
            opened.write(body)
    return [name for name, _, _ in blocks]


def commands_of_make_check() -> list[list[str]]:
    """Return the commands of `make check`, each as its words, with the programs of this environment."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\ncheck:")[1].split("\n\n")[0].splitlines()[1:]
    values = {"BIN": str(BIN), "SQL": re.findall(r"^SQL := (.*)$", makefile, re.MULTILINE)[0]}
    lines = [line.strip().removeprefix("@") for line in recipe]
    return [
        shlex.split(
            re.sub(r"^VIRTUAL_ENV=\S+ ", "", line).replace("$(BIN)", values["BIN"]).replace("$(SQL)", values["SQL"])
        )
        for line in lines
    ]


@pytest.mark.slow
def test_four_files_add_a_source(tmp_path):
    for folder in ("pipelines", "assets", "warehouse", "tests"):
        kept_out = shutil.ignore_patterns("__pycache__", "working", "published", "demo", "reports", "dagster")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=kept_out)
    for file in ("pyproject.toml", "dagster.yaml"):
        shutil.copy(ROOT / file, tmp_path / file)
    if (ROOT / CACHE).exists():  # of `make check`: mypy reads again what differs from it
        shutil.copytree(ROOT / CACHE, tmp_path / CACHE)
    assert len(follow(PAGE, tmp_path)) == 4
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "VIRTUAL_ENV": str(BIN.parent),
    }

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    assert "TIDEGAUGE_CRATES_IO_URL=https://crates.io" in run(sys.executable, "-m", "assets.env_example")
    assert " passed" in run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", NEW_TEST
    )  # fmt: skip
    commands = commands_of_make_check()
    assert len(commands) >= 4
    for command in commands:
        run(*command)
