"""What the tests share: a home of their own, and nothing of the environment's."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a TIDEGAUGE_HOME of its own; no test asks a live service or uses a real token."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TIDEGAUGE_HOME", str(folder))
    monkeypatch.setenv("TIDEGAUGE_HUB_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TIDEGAUGE_ALERT_URL", "http://127.0.0.1:9/nobody")
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    return folder
