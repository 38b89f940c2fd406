"""Shared by all steps: a contender runs in its own process, measured by the kernel's counters.

python -m tests.performance.measuring tests.performance.walk:ours '{"url": "...", ...}'    # how `run` begins such a process
"""

import importlib
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import msgspec

from warehouse.database.connection import writing


@dataclass
class Usage:
    """Wall and CPU seconds, of all threads and child processes, and bytes passed to `read` and `write` of files."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    bytes_read: int = 0
    bytes_written: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(a + b for a, b in zip(_values(self), _values(other), strict=True)))

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(*(a - b for a, b in zip(_values(self), _values(other), strict=True)))


def _values(usage: Usage) -> tuple[Any, ...]:
    return usage.seconds, usage.cpu_seconds, usage.bytes_read, usage.bytes_written


@dataclass(frozen=True)
class Found:
    """Result of a contender: rows processed, the result that all must agree on, and figures of its step."""

    rows: int
    answer: list[Any]
    figures: dict[str, float] = field(default_factory=dict[str, float])

    def also(self, **figures: float) -> "Found":
        """Return the same with further figures."""
        return replace(self, figures={**self.figures, **figures})


@dataclass(frozen=True)
class Taken:
    """Measurements of a contender. `stages` are its parts, each without those inside of it; they may run at the same time."""

    found: Found
    usage: Usage
    peak_bytes: int
    stages: dict[str, Usage]


class Meter:
    """The clocks of a contender. They run from its beginning to `stop`, or to its end, and stand still in `aside`."""

    def __init__(self) -> None:
        self.stages: dict[str, Usage] = {}
        self._part = ""
        self._aside = Usage()
        self._stands_still = False
        self._inner = threading.local()
        self._taken: tuple[Usage, int] | None = None
        self._begun = _now()

    def stop(self) -> tuple[Usage, int]:
        """Stop the clocks; give what was taken until the first stop, and the peak of memory until then."""
        if self._taken is None:
            self._taken = _now() - self._begun - self._aside, _peak_bytes()
        return self._taken

    @contextmanager
    def single_attempt(self) -> Iterator[None]:
        """Do something that the contender is not measured by, such as drawing its input."""
        before, self._stands_still = _now(), True
        yield
        self._stands_still = False
        self._aside += _now() - before

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Put the stages of what is done inside under a name: `name: stage`."""
        before, self._part = self._part, f"{name}: "
        yield
        self._part = before

    @contextmanager
    def stage(self, name: str, cpu: Callable[[], float] = time.process_time) -> Iterator[None]:
        """Count what is done inside as a stage; one of several threads is to be timed by `time.thread_time`."""
        if self._stands_still or self._taken:
            yield
            return
        name = self._part + name
        outer = getattr(self._inner, "usage", Usage())
        self._inner.usage = Usage()
        seconds, cpu_seconds = time.perf_counter(), cpu()
        try:
            yield
        finally:
            whole = Usage(time.perf_counter() - seconds, cpu() - cpu_seconds)
            self.stages[name] = self.stages.get(name, Usage()) + whole - self._inner.usage
            self._inner.usage = outer + whole

    @contextmanager
    def around(self, owner: object, function: str, stage: str) -> Iterator[None]:
        """Count every call of a function as a stage of the thread that calls it."""
        original = getattr(owner, function)

        def timed(*arguments: Any, **named: Any) -> Any:
            with self.stage(stage, time.thread_time):
                return original(*arguments, **named)

        with patch.object(owner, function, timed):
            yield

    def by_statement(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Return the connection with each of its statements counted as a stage, by what it does to which table."""
        return _Statements(self, connection)  # type: ignore[return-value] # stands in for it


@contextmanager
def watched_writing(meter: Meter, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database at `path` for one write as the product does; each statement, and the commit, is a stage."""
    with ExitStack() as opened:
        yield meter.by_statement(opened.enter_context(writing(path)))
        with meter.stage("commit and close"):
            opened.close()


class _Statements:
    """A connection whose statements are timed one by one."""

    def __init__(self, meter: Meter, connection: duckdb.DuckDBPyConnection) -> None:
        self._meter = meter
        self._connection = connection

    def execute(self, statement: object, *parameters: object) -> duckdb.DuckDBPyConnection:
        single = [statement] if parameters else duckdb.extract_statements(str(getattr(statement, "query", statement)))
        for one in single:
            with self._meter.stage(_work(str(getattr(one, "query", one)))):
                self._connection.execute(one, *parameters)  # type: ignore[arg-type] # as it came
        return self._connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


_WORK = re.compile(
    r"(insert) into (\S+)|(delete) from (\S+)|(update) (\S+)|(copy)\b|(create) (?:or replace )?(?:temp )?(?:table|view|macro) "
    r"(?:if not exists )?(\S+)|(drop) table|(comment) on|(select|from|with)\b.*?\bfrom ((?:core|meta|growth)\.\w+)?",
    re.DOTALL,
)


def _work(statement: str) -> str:
    """Describe a statement in two words."""
    plain = " ".join(line for line in statement.splitlines() if not line.strip().startswith("--"))
    words = [word for word in (_WORK.search(" ".join(plain.split()).lower()) or re.match("", "")).groups() if word]  # type: ignore[union-attr] # an empty match matches
    return " ".join("read" if word in ("select", "from", "with") else word.split("(")[0] for word in words) or "other"


def run(name: str, *, at_most_s: float | None = None, **given: object) -> Taken:
    """Run a contender, `module:function`, with arguments that JSON can carry, in a process of its own.

    Raises:
        subprocess.CalledProcessError: it failed.
        subprocess.TimeoutExpired: it was stopped after `at_most_s`.
    """
    output = subprocess.run(
        [sys.executable, "-m", "tests.performance.measuring", name, json.dumps(given, default=str)],
        check=True,
        stdout=subprocess.PIPE,
        timeout=at_most_s,
    ).stdout
    return msgspec.json.decode(output.splitlines()[-1], type=Taken)


def _now() -> Usage:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    counted = _counted("/proc/self/io")
    if not {"rchar", "wchar"} <= counted.keys():
        raise SystemExit("bytes are counted in /proc/self/io, which is not here: run the benchmarks on Linux")
    return Usage(
        time.perf_counter(),
        sum(one.ru_utime + one.ru_stime for one in used),
        counted["rchar"],
        counted["wchar"],
    )


def _peak_bytes() -> int:
    # Linux hands a process the peak of the one that began it: that of its own is told elsewhere.
    own = _counted("/proc/self/status").get("VmHWM")
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own if own is not None else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children) * 1024


def _counted(file: str) -> dict[str, int]:
    """Read the numbers of a file of the kernel; none where there is no such file."""
    try:
        text = Path(file).read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return {}
    return {name: int(number) for name, number in re.findall(r"^(\w+):\s*(\d+)", text, re.MULTILINE)}


def _be(name: str, given: str) -> None:
    """Be a contender, and print what it took as the last line."""
    module, function = name.split(":")
    contender = getattr(importlib.import_module(module), function)
    meter = Meter()
    found = contender(meter, **json.loads(given))
    usage, peak_bytes = meter.stop()
    sys.stdout.flush()
    os.write(1, b"\n" + msgspec.json.encode(Taken(found, usage, peak_bytes, meter.stages)) + b"\n")


if __name__ == "__main__":
    _be(*sys.argv[1:])
