"""Whether the process of a run is alive: it holds the lock of a file, which the operating system frees when it dies.

The number of a process does not tell: another process may have it by now, and in a container every process is number 1.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from warehouse.database.file_modes import private_folder
from warehouse.database.lock import exclusive_lock

# Tags a run that a command started; the value is the file that the command's process locks.
RUN_LOCK = "tidegauge/run_lock"


class _HeldError(RuntimeError):
    """The process of the run is alive."""


@contextmanager
def locked_run(working: Path, run_id: str) -> Iterator[Path]:
    """Hold the lock of a run for a block, and yield its file; the file of a process that dies stays."""
    file = private_folder(working / "runs") / f"{run_id}.lock"
    with exclusive_lock(file, _HeldError()):
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)


def report_dead_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Mark the runs that a killed command left behind as failed, and return them.

    They would otherwise look alive, and hold up the queue. The run of another machine has no file here: it is left alone,
    and Dagster's daemon ends it after six hours (`dagster.yaml`).
    """
    alive = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    return [run for run in instance.get_runs(alive) if RUN_LOCK in run.tags and _report(instance, run)]


def _report(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Mark a run as failed if its process is dead, and return whether it was."""
    file = Path(run.tags[RUN_LOCK])
    if not file.exists():
        return False
    try:
        with exclusive_lock(file, _HeldError()):
            now = instance.get_run_by_id(run.run_id)
            if now is None or now.is_finished:  # it ended just now
                return False
            instance.report_run_failed(run, "its process ended without finishing this run")
            file.unlink(missing_ok=True)
    except _HeldError:
        return False
    return True
