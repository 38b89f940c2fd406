"""Watchdog: exit with code 1 when a block exceeds its time limit, so that locks are released."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# The maximum runtime of a run that Dagster's daemon started (`dagster.yaml`).
LONGEST_SECONDS = 21_600


@contextmanager
def time_limit(
    seconds: float = LONGEST_SECONDS, before_the_end: Callable[[str], object] = lambda _why: None
) -> Iterator[None]:
    """End this process with exit code 1 if the block takes longer than `seconds`; call `before_the_end` with the reason."""
    # Started beforehand: when memory is short, no thread can be started.
    watch = threading.Timer(seconds, _end, [seconds, before_the_end])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _end(seconds: float, before_the_end: Callable[[str], object]) -> None:
    why = (
        f"it did not end within {seconds:,.0f} s. Kept: the responses stored so far, and the last release. "
        "To do: see whether the machine is short of memory, then run it again; it continues."
    )
    sys.stderr.write(f"Stopped: {why}\n")
    sys.stderr.flush()
    try:
        before_the_end(why)
    finally:
        os._exit(1)
