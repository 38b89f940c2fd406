"""The workflow for GitHub's runners: its form, and its commands as they stand against the sandbox."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from deployments import DEPLOY, ROOT, read, unknown_words
from pushing import DATA_SET, client, tags, whole_release

from assets.declared_sources import KEYS
from assets.settings import Settings
from pipelines.commands.app import app
from pipelines.dagster_storage import write_instance_config
from pipelines.sandbox.server import Sandbox, present_week

WORKFLOW = read("github-actions/weekly.yml")
JOB = WORKFLOW["jobs"]["refresh"]
RUNS = [step["run"] for step in JOB["steps"] if "run" in step]


def test_the_workflow_has_the_form_of_a_workflow_of_github():
    checker = Path(sys.executable).parent / "check-jsonschema"
    file = DEPLOY / "github-actions" / "weekly.yml"
    subprocess.run([checker, "--builtin-schema", "vendor.github-workflows", file], check=True)
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert WORKFLOW["concurrency"]["group"], "there is one history, and one run at a time"
    assert JOB["timeout-minutes"] < 6 * 60


def test_its_commands_and_settings_exist():
    for run in RUNS:
        for words in re.findall(r"\.venv/bin/tidegauge ([^|&\n]+)", run):
            assert unknown_words(typer.main.get_command(app), words.split()) == [], run
    known = {field.alias for field in Settings.model_fields.values()} | {key.setting for key in KEYS}
    assert set(JOB["env"]) - {"RESPONSES_TO"} <= known
    page = (ROOT / "docs" / "push.md").read_text(encoding="utf-8")
    assert {name for name in ("HF_TOKEN", "TIDEGAUGE_PUSH_TO", "RESPONSES_TO") if f"`{name}`" in page} <= set(
        JOB["env"]
    )


@pytest.mark.slow
def test_its_commands_run_as_they_stand(tmp_path):
    workspace, dagster = tmp_path / "workspace", tmp_path / "dagster"
    for folder in (workspace, dagster):
        folder.mkdir()
    (workspace / ".venv").symlink_to(ROOT / ".venv")
    write_instance_config(dagster)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TIDEGAUGE_", "HF_"))}
    secrets = {"HF_TOKEN": "hf_of_a_test", "TIDEGAUGE_PUSH_TO": str(DATA_SET)}
    variables = {"RESPONSES_TO": "hf://datasets/example/responses"}
    with Sandbox(models=100, week=present_week()) as sandbox:
        environment = own | sandbox.addresses | {"HF_HUB_DISABLE_XET": "1", "DAGSTER_HOME": str(dagster)}
        environment |= {name: filled(text, workspace, secrets, variables) for name, text in JOB["env"].items()}
        for run in RUNS:
            if run.startswith("make "):
                continue  # the environment is there
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", run],
                cwd=workspace, env=environment, capture_output=True, text=True, timeout=900,
            )  # fmt: skip
            assert done.returncode == 0, (run, done.stdout, done.stderr)
        assert whole_release(sandbox) == "1"
        assert set(tags(sandbox)) == {"release-1"}
        kept = client(sandbox).list_repo_files("example/responses", repo_type="dataset")
        assert any(path.startswith("landing/hub/") for path in kept)
    site = {
        path.relative_to(workspace / "site").as_posix() for path in (workspace / "site").rglob("*") if path.is_file()
    }
    assert {"index.html", "feed.xml", "CITATION.cff", "CHANGES.md", "datapackage.json"} < site
    assert {"explore.html", "explore/start.json", "explore/names/0.parquet"} < site, "the search works there too"
    assert not [path for path in site if path.endswith(".duckdb") or path.startswith("parquet/")]


def filled(text: str, workspace: Path, secrets: dict[str, str], variables: dict[str, str]) -> str:
    """Put in what GitHub would: a secret or variable that is not set is empty."""
    values = {"github.workspace": str(workspace)}
    values |= {f"secrets.{name}": value for name, value in secrets.items()}
    values |= {f"vars.{name}": value for name, value in variables.items()}
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: values.get(found[1], ""), text)
