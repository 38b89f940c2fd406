"""What the tests share: a home of their own, and nothing of the environment's.

Every process of the suite loads every test file: what takes long to import, and is used by few tests, they import themselves.
"""

from pathlib import Path

import pytest
from releases import Releases, publish_weeks

from assets.declared_sources import ADDRESSES
from assets.observations import COLLECTED


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set a TIDEGAUGE_HOME for each test; no test requests a live service or uses a real token.

    The sources beside the Hub are switched off: whoever tests one switches it on.
    """
    folder = tmp_path / "home"
    monkeypatch.setenv("TIDEGAUGE_HOME", str(folder))
    for address in ADDRESSES:
        monkeypatch.setenv(address.setting, "http://127.0.0.1:9")
    monkeypatch.setenv("TIDEGAUGE_ALERT_URL", "http://127.0.0.1:9/nobody")
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", ",".join(key.path[-1] for key in COLLECTED))
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    return folder


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """Return three weeks of the sandbox, published week by week. Copy it before changing anything."""
    return publish_weeks(tmp_path_factory)


@pytest.fixture(scope="session")
def demo_release(releases: Releases) -> Path:
    """Return the published folder of these weeks."""
    return releases.published
