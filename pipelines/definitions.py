"""Everything Dagster loads: the assets, their weekly run, and the services they need."""

import dagster as dg

from assets import backfill, derived, families, hub, lineage, milestones, observations, publication, published_history
from assets.sources import SOURCE_ASSETS, SOURCE_VIEWS
from pipelines.resources import Clock, Hub, ProgressLog, Receiver, Warehouse
from pipelines.schedules import every_monday, partial_refreshes, release_of_the_rest, weekly_refresh
from pipelines.sensors import bench_file_dropped, release_despite_failed_sources
from pipelines.settings import Settings


def definitions(clock: Clock | None = None, progress: ProgressLog | None = None) -> dg.Definitions:
    """Bind every asset to its services; a demonstration sets the clock, a terminal shows the progress."""
    return dg.Definitions(
        assets=[
            *dg.load_assets_from_modules(
                [hub, backfill, lineage, families, published_history, observations, milestones, publication]
            ),
            *SOURCE_ASSETS,
            *SOURCE_VIEWS,
            derived.GROWTH,
            derived.CHARTS,
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
