"""A bound for what must not hang: whatever waits for ever inside a library ends with a sentence, and frees its locks."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# As long as Dagster lets a run of the UI take (`dagster.yaml`).
LONGEST_SECONDS = 21_600


@contextmanager
def time_limit(seconds: float = LONGEST_SECONDS) -> Iterator[None]:
    """End this process, with exit code 1, if what is done inside takes longer than `seconds`."""
    # Begun beforehand: when memory is short, no thread can be begun any more.
    watch = threading.Timer(seconds, _end, [seconds])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _end(seconds: float) -> None:
    sys.stderr.write(
        f"It did not end within {seconds:,.0f} s, and was ended. Kept: what was landed so far, and the last release. "
        "To do: see whether the machine is short of memory, then run it again; it continues.\n"
    )
    sys.stderr.flush()
    os._exit(1)
