"""What the tests share: a home of their own, and nothing of the environment's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from assets.observations import COLLECTED
from pipelines.settings import Settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a TIDEGAUGE_HOME of its own; no test asks a live service or uses a real token.

    The sources beside the Hub are switched off: whoever tests one switches it on.
    """
    folder = tmp_path / "home"
    monkeypatch.setenv("TIDEGAUGE_HOME", str(folder))
    for name, field in Settings.model_fields.items():
        if name.endswith("_url"):
            monkeypatch.setenv(str(field.alias), "http://127.0.0.1:9")
    monkeypatch.setenv("TIDEGAUGE_ALERT_URL", "http://127.0.0.1:9/nobody")
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", ",".join(key.path[-1] for key in COLLECTED))
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    return folder


@pytest.fixture(scope="session")
def demo_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the published folder of a demonstration, made once for all tests: read it, change nothing.

    What the command printed lies beside it, in `output.txt`.
    """
    temporary = tmp_path_factory.getbasetemp()
    home = (temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary) / "demo_release"
    published = home / "demo" / "published"
    with FileLock(f"{home}.lock"):
        if not (published / "output.txt").exists():
            command = [str(Path(sys.executable).parent / "tidegauge"), "demo", "--weeks", "3", "--models", "500"]
            settings = {"TIDEGAUGE_HOME": str(home), "TIDEGAUGE_ALERT_URL": "http://127.0.0.1:9/nobody"}
            done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            (published / "output.txt").write_text(done.stdout, encoding="utf-8")
    return published
