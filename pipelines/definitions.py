"""Everything Dagster loads: the assets, their weekly run, and the services they need."""

import dagster as dg

from assets import growth_and_charts, observations
from assets.hub import assets as hub
from assets.hub import family_assets, lineage_assets, snapshot_assets
from assets.hub.resources import Hub, ProgressLog
from assets.registry import SOURCE_ASSETS, SOURCE_VIEWS
from assets.release import alerts, release
from assets.resources import Clock, Receiver, Warehouse
from assets.seeds import published_figures
from assets.settings import Settings
from pipelines.jobs import partial_refreshes, release_of_the_rest, weekly_refresh
from pipelines.schedules import every_monday
from pipelines.sensors import bench_file_dropped, release_despite_failed_sources


def definitions(clock: Clock | None = None, progress: ProgressLog | None = None) -> dg.Definitions:
    """Bind every asset to its services; a demonstration sets the clock, a terminal shows the progress."""
    return dg.Definitions(
        assets=[
            *dg.load_assets_from_modules(
                [hub, snapshot_assets, lineage_assets, family_assets, published_figures, observations, alerts, release]
            ),
            *SOURCE_ASSETS,
            *SOURCE_VIEWS,
            growth_and_charts.GROWTH,
            growth_and_charts.CHARTS,
        ],
        jobs=[weekly_refresh, release_of_the_rest, *partial_refreshes],
        schedules=[every_monday],
        sensors=[release_despite_failed_sources, bench_file_dropped],
        resources={
            "hub": Hub(),
            "receiver": Receiver(),
            "warehouse": Warehouse(),
            "clock": clock or Clock(),
            "progress": progress or ProgressLog(),
        },
        executor=_executor(Settings().workers),
    )


def _executor(workers: int) -> dg.ExecutorDefinition:
    """Return the executor of all jobs: one process for a run, or workers where the warehouse takes several writers."""
    return dg.in_process_executor if workers == 1 else _in_workers


@dg.executor(name="workers", requirements=dg.multiple_process_executor_requirements())
def _in_workers(_: dg.InitExecutorContext) -> dg.Executor:
    from pipelines.workers import WorkerExecutor  # only a run needs it

    return WorkerExecutor(Settings().workers)


@dg.definitions
def defs() -> dg.Definitions:
    """Give the code location."""
    return definitions()
