"""Everything Dagster loads: the assets, their jobs, and the resources they need."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from assets import growth_and_charts, observations
from assets.hub import assets as hub
from assets.hub import family_assets, lineage_assets, snapshot_assets
from assets.hub.resources import Hub, ProgressLog
from assets.registry import SOURCE_ASSETS, SOURCE_VIEWS
from assets.release import alerts, push, release
from assets.resources import Clock, Receiver, Warehouse
from assets.seeds import published_figures
from assets.settings import Settings
from assets.source_asset import SOURCE_TAG
from pipelines import sensors
from pipelines.jobs import partial_refreshes, weekly_refresh
from pipelines.schedules import every_monday

OWNERS = ["team:tidegauge"]
WEEKLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=9), warn_window=timedelta(days=8))


def definitions(
    settings: Settings | None = None, clock: Clock | None = None, progress: ProgressLog | None = None
) -> dg.Definitions:
    """Return the assets with their resources. A demonstration sets the clock, a terminal shows the progress."""
    workers = (settings or Settings()).workers
    return dg.Definitions(
        assets=dg.map_asset_specs(_owned_and_weekly, list(_assets())),
        jobs=[weekly_refresh, *partial_refreshes],
        schedules=[every_monday],
        sensors=list(sensors.SENSORS),
        resources={
            "hub": Hub(),
            "receiver": Receiver(),
            "warehouse": Warehouse(),
            "clock": clock or Clock(),
            "progress": progress or ProgressLog(),
        },
        # One process for a run, or several workers where the warehouse takes several writers.
        executor=dg.in_process_executor if workers == 1 else _in_workers,
    )


def _assets() -> Iterator[dg.AssetsDefinition]:
    modules = [
        hub,
        snapshot_assets,
        lineage_assets,
        family_assets,
        published_figures,
        observations,
        alerts,
        release,
        push,
    ]
    yield from (one for one in dg.load_assets_from_modules(modules) if isinstance(one, dg.AssetsDefinition))
    yield from SOURCE_ASSETS
    yield from SOURCE_VIEWS
    yield growth_and_charts.GROWTH
    yield growth_and_charts.CHARTS


def _owned_and_weekly(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Return the specification with its owner, and with the freshness policy unless it is that of a source.

    A source is materialized whether it was collected or not (`assets.collection_check`).
    """
    is_source = SOURCE_TAG.items() <= spec.tags.items()
    return spec.replace_attributes(owners=OWNERS, freshness_policy=None if is_source else WEEKLY)


@dg.executor(name="workers", requirements=dg.multiple_process_executor_requirements())
def _in_workers(_: dg.InitExecutorContext) -> dg.Executor:
    from pipelines.workers import WorkerExecutor  # only a run needs it

    return WorkerExecutor(Settings().workers)


@dg.definitions
def defs() -> dg.Definitions:
    """Return the code location."""
    return definitions()
