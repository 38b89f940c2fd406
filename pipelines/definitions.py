"""Everything Dagster loads: the assets, their weekly run, and the services they need."""

import dagster as dg

from assets import derived, events, families, hub, lineage, observations, publication, published_history
from pipelines.resources import Clock, Hub, ProgressLog, Receiver, Warehouse
from pipelines.schedules import every_monday, release_of_the_rest, weekly_refresh
from pipelines.sensors import release_despite_failed_sources


def definitions(clock: Clock | None = None, progress: ProgressLog | None = None) -> dg.Definitions:
    """Bind every asset to its services; a demonstration sets the clock, a terminal shows the progress."""
    return dg.Definitions(
        assets=[
            *dg.load_assets_from_modules(
                [hub, lineage, families, published_history, observations, events, publication]
            ),
            *derived.GROWTH,
            *derived.CHARTS,
        ],
        jobs=[weekly_refresh, release_of_the_rest],
        schedules=[every_monday],
        sensors=[release_despite_failed_sources],
        resources={
            "hub": Hub(),
            "receiver": Receiver(),
            "warehouse": Warehouse(),
            "clock": clock or Clock(),
            "progress": progress or ProgressLog(),
        },
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Give the code location."""
    return definitions()
