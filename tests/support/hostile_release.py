"""A release of what hostile services say: collected by the real assets, derived and published, in seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from collecting import point_at

from assets.disk_space import room
from assets.hub import assets as hub
from assets.hub import family_assets, lineage_assets
from assets.hub.resources import Hub, ProgressLog
from assets.registry import SOURCE_ASSETS, SOURCE_VIEWS
from assets.release import health_checks, release
from assets.resources import Clock, Warehouse
from assets.seeds import published_figures
from assets.settings import Settings
from pipelines.sandbox.hostile import hostile
from pipelines.sandbox.server import Sandbox
from warehouse.database.derive import derive
from warehouse.tables import growth
from warehouse.tables.charts import hub as charts

_MODELS = 250


@dataclass(frozen=True)
class HostileRelease:
    """The home of the release, and what the collecting run said: every event, as Dagster keeps it."""

    home: Path
    failed: frozenset[str]
    events: str
    verdicts: list[dg.AssetCheckResult]

    @property
    def published(self) -> Path:
        """The published folder."""
        return self.home / "published"


@contextmanager
def published_from_hostile_services(home: Path) -> Iterator[HostileRelease]:
    """Collect from a sandbox in which every service is hostile, and publish."""
    with pytest.MonkeyPatch.context() as patch, Sandbox(models=_MODELS) as sandbox:
        patch.setenv("TIDEGAUGE_HOME", str(home))
        point_at(sandbox, patch)
        sandbox.faults = hostile
        now = sandbox.world.now(0)
        warehouse, clock = Warehouse(), Clock(simulated_now=now.isoformat())
        with dg.DagsterInstance.ephemeral() as instance:
            run = dg.materialize(
                [
                    *dg.load_assets_from_modules([hub, lineage_assets, family_assets, published_figures]),
                    *SOURCE_ASSETS,
                    *SOURCE_VIEWS,
                ],
                resources={"warehouse": warehouse, "clock": clock, "hub": Hub(), "progress": ProgressLog()},
                instance=instance,
                raise_on_error=False,
            )
            events = "\n".join(record.to_json() for record in instance.all_logs(run.run_id))
        with warehouse.writing() as connection:
            for table in (*growth.TABLES, *charts.TABLES):
                derive(connection, table)
        warehouse.publish(now, release._pages)
        with warehouse.reading() as connection:
            verdicts = health_checks.verdicts(connection, release.RELEASE, room(Settings()))
        failed = frozenset(event.step_key or "" for event in run.get_step_failure_events())
        yield HostileRelease(home, failed, events, verdicts)
