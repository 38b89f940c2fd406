"""Three weeks of the demonstration, published week by week: made once for all tests, also where several processes test."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock

from pipelines.commands.demo import demonstrate
from pipelines.refresh import ExitCode
from warehouse.tables.charts import hub

WEEKS = 3
MODELS = 500


@dataclass(frozen=True)
class Releases:
    """The home of the demonstration, for reading only, and the charts of each release as it was published."""

    home: Path

    @property
    def published(self) -> Path:
        """The published folder, with the last release."""
        return self.home / "published"

    @property
    def kept(self) -> dict[datetime, dict[str, pl.DataFrame]]:
        """The charts of each release, by its moment."""
        return {
            datetime.fromisoformat(folder.name): {
                table.name: pl.read_parquet(folder / f"{table.name}.parquet")
                for table in hub.TABLES
                if not table.is_view
            }
            for folder in sorted((self.home / "kept").iterdir())
        }


def publish_weeks(factory: pytest.TempPathFactory) -> Releases:
    """Publish the weeks, or take those that another process of this run has published."""
    return Releases(made_once(factory, "releases", _publish) / "demo")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that all processes of this run share; the first one that asks for it makes what is in it."""
    base = factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{home}.lock"):
        if not (home / "done").exists():
            make(home)
            (home / "done").touch()
    return home


def _publish(home: Path) -> None:
    releases = Releases(home / "demo")

    def keep(published: Path, now: datetime) -> None:
        shutil.copytree(published / "parquet", releases.home / "kept" / now.isoformat())

    before = dict(os.environ)
    os.environ |= {"TIDEGAUGE_HOME": str(home), "TIDEGAUGE_ALERT_URL": "http://127.0.0.1:9/nobody"}
    try:
        outcome, published = demonstrate(WEEKS, MODELS, keep)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert outcome.exit_code == ExitCode.WELL, outcome
    assert published == releases.published
