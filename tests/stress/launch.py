"""A refresh in a process of its own, which says when it comes to a chosen point, and waits there.

The process is forked from one that has loaded everything: of a hundred crashes none is in the loading. From there on it is
the command line, as a user starts it, in a world that has its own time.
"""

import functools
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PHASES = ("walk", "load", "derive", "publish", "swap")
_PRELOADED = [
    "alembic.context",
    "dagster._core.storage.base_storage",
    "dagster._core.storage.event_log.sqlite",
    "pandas",
    "pyarrow",
    "assets.hub.snapshot_assets",
    "pipelines.commands.app",
    "pipelines.definitions",
    "pipelines.refresh",
    "pipelines.commands.terminal",
    "warehouse.pages.page",
    "warehouse.pages.thumbnail",
    __name__,
]
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(_PRELOADED)
_WRITES = {"os.rename": 1, "os.mkdir": 0, "os.remove": 0, "os.rmdir": 0}


@dataclass(frozen=True)
class Point:
    """A point in a refresh: at the `number`th change of a file in a phase, counting from 1."""

    phase: str
    number: int


@dataclass
class Refresh:
    """A refresh that was started: what it said is in `output`."""

    process: BaseProcess
    output: Path
    _parent: Connection
    counts: Counter[str] = field(default_factory=Counter[str])

    def reached(self, seconds: float) -> str | None:
        """Wait for the point; give the phase that the refresh is in, or None if it ended before."""
        if not self._parent.poll(seconds):
            return None
        try:
            message = self._parent.recv()
        except EOFError:
            return None
        if isinstance(message, str):
            return message
        self.counts = message
        return None

    def go_on(self) -> None:
        """Let it go on from the point."""
        self._parent.send(None)

    def wait(self, seconds: float) -> int | None:
        """Wait for the end; give the exit code, negative for a signal, None if it did not end in time."""
        self.process.join(seconds)
        self.reached(0)
        return self.process.exitcode

    @property
    def said(self) -> str:
        """Its output, in one line."""
        return " ".join(self.output.read_text(encoding="utf-8", errors="replace").split())


def start(
    home: Path, environment: dict[str, str], moment: str, output: Path, point: Point | None = None, job: str = ""
) -> Refresh:
    """Start a refresh of the warehouse in `home` at a simulated moment, or another job of Dagster's."""
    parent, child = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_refresh, args=(home, environment, moment, output, point, job, child))
    process.start()
    child.close()
    return Refresh(process, output, parent)


def _refresh(
    home: Path,
    environment: dict[str, str],
    moment: str,
    output: Path,
    point: Point | None,
    job: str,
    parent: Connection,
) -> None:
    os.setsid()
    os.environ.update(environment)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    from assets.resources import Clock
    from pipelines import refresh
    from pipelines.commands import app
    from warehouse.pages import thumbnail

    # Half of the time of a refresh goes into pictures, and not one file.
    thumbnail.thumbnails = lambda _, charts: ((chart, "<svg xmlns='http://www.w3.org/2000/svg'/>") for chart in charts)  # type: ignore[assignment]
    refresh.refresh = functools.partial(refresh.refresh, clock=Clock(simulated_now=moment))
    watch = _Watch(str(home), point, parent)
    sys.addaudithook(watch.look)
    try:
        app.app(["refresh"]) if not job else _run(job, Clock(simulated_now=moment))
    finally:
        parent.send(watch.counts)


def _run(job: str, clock: Any) -> None:
    """Run a job of Dagster's, as its worker does."""
    from pipelines.commands.app import _instance
    from pipelines.definitions import definitions

    with _instance() as instance:
        run = definitions(clock=clock).resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)
    sys.exit(0 if run.success else 1)


class _Watch:
    """Sees every change of a file before it is made, and in which phase of the refresh."""

    def __init__(self, home: str, point: Point | None, parent: Connection) -> None:
        self.counts: Counter[str] = Counter()
        self.phase = PHASES[0]
        self._home, self._point, self._parent = home, point, parent
        self._mark("assets.hub.assets", "load_walk", "load")
        self._mark("assets.table_asset", "derive", "derive")
        self._mark("warehouse.release.publish", "publish", "publish")

    def look(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count a change; at the point, say so and wait."""
        if event == "open":
            path, _, flags = arguments
            if not (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return
        elif event in _WRITES:
            path = arguments[0]
        else:
            return
        if not isinstance(path, str | Path) or not str(path).startswith(self._home):
            return
        if event == "os.rename" and "/.incoming/" in str(path):
            self.phase = "swap"
        self._count()

    def _count(self) -> None:
        self.counts[self.phase] += 1
        if self._point is None:
            return
        behind = PHASES.index(self.phase) - PHASES.index(self._point.phase)
        if behind > 0 or (behind == 0 and self.counts[self.phase] >= self._point.number):
            self._point = None
            self._parent.send(self.phase)
            self._parent.recv()

    def _mark(self, module: str, name: str, phase: str) -> None:
        function: Callable[..., Any] = getattr(sys.modules[module], name)

        @functools.wraps(function)
        def marked(*arguments: Any, **named: Any) -> Any:
            if PHASES.index(phase) > PHASES.index(self.phase):
                self.phase = phase
            self._count()
            return function(*arguments, **named)

        setattr(sys.modules[module], name, marked)
