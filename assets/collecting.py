"""How a source is collected: whatever comes of it is written down, and a failure is red and says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import dagster as dg

from pipelines.resources import Clock, Warehouse
from pipelines.sources.errors import SourceError
from pipelines.sources.hugging_face import monday
from warehouse.collection import Collection, write_down

# Marks the assets that ask a source, for those who watch.
SOURCE_TAG = {"tidegauge/source": ""}


@contextmanager
def collecting(run_id: str, source: str, warehouse: Warehouse, clock: Clock) -> Iterator[Collection]:
    """Yield the record of an attempt to collect `source`, to be filled in; write it down however the attempt ends.

    Raises:
        dagster.Failure: the source could not be collected; the step is not tried again, the client has been patient.
    """
    begun = clock.now()
    collection = Collection(run_id=run_id, source=source, week=monday(begun), started_at=begun, finished_at=begun)
    try:
        yield collection
    except SourceError as error:
        collection.status, collection.reason = error.status, f"{error.reason} Kept: {error.kept} To do: {error.remedy}"
        _write_down(collection, warehouse, clock.now())
        raise dg.Failure(
            description=str(error),
            metadata={"reason": error.reason, "kept": error.kept, "to do": error.remedy},
            allow_retries=False,
        ) from error
    except BaseException as error:  # an interrupt as well: every attempt is written down
        collection.status, collection.reason = "failed", f"{type(error).__name__}: {error}"
        _write_down(collection, warehouse, clock.now())
        raise
    _write_down(collection, warehouse, clock.now())


def _write_down(collection: Collection, warehouse: Warehouse, finished_at: datetime) -> None:
    collection.finished_at = max(finished_at, collection.started_at)
    with warehouse.writing() as connection:
        write_down(connection, collection)
