"""Locks between processes, as files that the operating system locks: the lock of a process that dies is free."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def exclusive_lock(path: Path, busy: Exception, *, wait_s: float = 0, reentrant: bool = False) -> Iterator[None]:
    """Hold the lock file `path` for a block; wait for another holder up to `wait_s` seconds, without limit if it is -1.

    With `reentrant`, a thread that holds the lock may take it again.

    Raises:
        busy: another process or thread still holds the lock.
    """
    lock = FileLock(path, is_singleton=reentrant)
    try:
        lock.acquire(timeout=wait_s)
    except Timeout as error:
        raise busy from error
    try:
        yield
    finally:
        lock.release()
