"""One run at a time works with a warehouse: commands fail at once if another run holds its lock."""

from contextlib import AbstractContextManager
from pathlib import Path

from assets.resources import run_lock


class RunInProgressError(RuntimeError):
    """Another run holds the warehouse; nothing was done."""


def exclusive_run(working: Path) -> AbstractContextManager[None]:
    """Return the lock of the warehouse in the folder `working`.

    Raises:
        RunInProgressError: when it is entered, if another run holds the lock.
    """
    busy = RunInProgressError(
        f"another run is at work in {working}. Nothing was done. To do: wait for it to end, then run again; "
        "docs/operations.md#at_work."
    )
    return run_lock(working, busy)
