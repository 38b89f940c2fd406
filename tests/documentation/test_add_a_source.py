"""The five steps of docs/add_a_source.md, done as they stand there in a copy of the checkout: the new source works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add_a_source.md").read_text(encoding="utf-8")


def changed(text: str, difference: str) -> str:
    """Apply a difference: the lines that are kept and removed must stand in the text once, as they are."""
    lines = difference.splitlines()
    before = "\n".join(line[1:] for line in lines if line[0] in " -")
    after = "\n".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(before) == 1, before
    return text.replace(before, after)


def follow(page: str, checkout: Path) -> int:
    """Do what the page says; give how many blocks that were."""
    blocks = re.findall(
        r"(?:^`([\w/.]+)`, (?:new|changed|a new row):\n\n)?^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL
    )
    file = Path()
    for name, kind, body in blocks:
        file = checkout / name if name else file
        match kind:
            case "python":
                assert not file.exists(), file
                file.write_text(body, encoding="utf-8")
            case "diff":
                file.write_text(changed(file.read_text(encoding="utf-8"), body.removesuffix("\n")), encoding="utf-8")
            case "csv":
                file.write_text(file.read_text(encoding="utf-8") + body, encoding="utf-8")
    return len(blocks)


@pytest.mark.slow
def test_the_five_steps_add_a_source(tmp_path):
    assert len(re.findall(r"^## \d\. ", PAGE, re.MULTILINE)) == 5
    for folder in ("pipelines", "assets", "warehouse"):
        kept_out = shutil.ignore_patterns("__pycache__", "working", "published", "demo", "reports")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=kept_out)
    (tmp_path / "tests" / "support").mkdir(parents=True)
    for file in (
        "pyproject.toml",
        "dagster.yaml",
        "tests/conftest.py",
        "tests/support/collecting.py",
        "tests/support/releases.py",
    ):
        shutil.copy(ROOT / file, tmp_path / file)
    assert follow(PAGE, tmp_path) == 13
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/test_crates_io.py"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--no-cache", "."]
    assert subprocess.run(ruff, cwd=tmp_path, capture_output=True, check=False).returncode == 0
