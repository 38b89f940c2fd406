"""One helper takes every lock between processes."""

import subprocess
import sys

import pytest

from warehouse.database.connection import WarehouseBusyError, database_lock
from warehouse.database.lock import exclusive_lock

BUSY = RuntimeError("another one is at work")
HOLD = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Return another process that holds the lock `x.lock`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "x.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


@pytest.mark.parametrize("reentrant", [False, True])
def test_a_lock_of_another_process_raises_the_error_of_the_caller(holder, tmp_path, reentrant):
    with (
        pytest.raises(RuntimeError, match="another one is at work"),
        exclusive_lock(tmp_path / "x.lock", BUSY, reentrant=reentrant),
    ):
        pass
    with pytest.raises(WarehouseBusyError, match=r"x is kept by another process"), database_lock(tmp_path / "x", 0.01):
        pass


@pytest.mark.parametrize("wait_s", [-1, 60])
def test_the_lock_of_a_process_that_dies_is_free(holder, tmp_path, wait_s):
    holder.kill()
    with exclusive_lock(tmp_path / "x.lock", BUSY, wait_s=wait_s):
        pass


def test_only_a_reentrant_lock_is_taken_twice_by_a_thread(tmp_path):
    path = tmp_path / "x.lock"
    with exclusive_lock(path, BUSY, reentrant=True), exclusive_lock(path, BUSY, reentrant=True, wait_s=-1):
        pass
    with (
        pytest.raises(RuntimeError, match="another one is at work"),
        exclusive_lock(path, BUSY),
        exclusive_lock(path, BUSY),
    ):
        pass


def test_a_lock_is_released_when_the_block_raises(tmp_path):
    path = tmp_path / "x.lock"
    with pytest.raises(ValueError, match="of the block"), exclusive_lock(path, BUSY):
        raise ValueError("of the block")
    with exclusive_lock(path, BUSY):
        pass
