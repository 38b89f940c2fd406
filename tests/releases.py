"""Three weeks against the sandbox, published week by week: made once for all tests, also where several processes test."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from collecting import point_at
from filelock import FileLock

from pipelines.refresh import ExitCode, refresh
from pipelines.resources import Clock
from pipelines.sandbox.server import Sandbox
from warehouse.tables import charts

_WEEKS = 3
_MODELS = 1500


@dataclass(frozen=True)
class Releases:
    """The home of the releases, for reading only, and the charts of each release as it was published."""

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
                for table in charts.TABLES
                if not table.is_view
            }
            for folder in sorted((self.home / "kept").iterdir())
        }


def publish_weeks(factory: pytest.TempPathFactory) -> Releases:
    """Publish the weeks, or take those that another process of this run has published."""
    base = factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "releases"
    with FileLock(f"{home}.lock"):
        if not (home / "done").exists():
            _publish(home)
            (home / "done").touch()
    return Releases(home)


def _publish(home: Path) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        Sandbox(models=_MODELS) as sandbox,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        patch.setenv("TIDEGAUGE_HOME", str(home))
        point_at(sandbox, patch)
        for week in range(_WEEKS):
            sandbox.week = week
            now = sandbox.world.now(week).astimezone(UTC)
            assert refresh(instance, Clock(simulated_now=now.isoformat())).exit_code == ExitCode.WELL
            shutil.copytree(home / "published" / "parquet", home / "kept" / now.isoformat())
