"""A release of what hostile services say: collected by the real assets, derived and published, in seconds."""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dagster as dg
import pytest
from collecting import point_at
from instances import instance_in_memory
from releases import made_once

from assets.disk_space import disk_space
from assets.hub import assets as hub
from assets.hub import family_assets, lineage_assets
from assets.hub.resources import Hub, ProgressLog
from assets.registry import SOURCE_ASSETS, SOURCE_VIEWS
from assets.release import health_checks, release
from assets.resources import Clock, Warehouse
from assets.seeds import published_figures
from assets.settings import Settings
from pipelines.outcome import failures_of
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


def published_from_hostile_services(factory: pytest.TempPathFactory) -> HostileRelease:
    """Return the release of a sandbox in which every service is hostile: published once, also where several processes test."""
    made = made_once(factory, "hostile", _publish)
    home = made / "home"
    told = json.loads((made / "told.json").read_text(encoding="utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIDEGAUGE_HOME", str(home))
        with Warehouse().reading() as connection:
            verdicts = list(health_checks.verdicts(connection, release.RELEASE, disk_space(Settings())))
    return HostileRelease(home, frozenset(told["failed"]), told["events"], verdicts)


def _publish(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, Sandbox(models=_MODELS) as sandbox:
        patch.setenv("TIDEGAUGE_HOME", str(folder / "home"))
        point_at(sandbox, patch)
        sandbox.faults = hostile
        now = sandbox.world.now(0)
        warehouse, clock = Warehouse(), Clock(simulated_now=now.isoformat())
        with instance_in_memory() as instance:
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
        warehouse.publish(now, partial(release._pages, warehouse.published))
    failed = sorted(failures_of(run))
    (folder / "told.json").write_text(json.dumps({"failed": failed, "events": events}), encoding="utf-8")
