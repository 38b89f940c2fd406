"""The machine that a benchmark ran on: what it is made of, and how fast it copies, writes and reads bytes at best."""

import os
import platform
import subprocess
import tempfile
import time
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("dlt", "duckdb", "huggingface-hub", "networkx", "pandas", "polars", "pyarrow", "rustworkx")
_BLOCK = os.urandom(2**20)
_FILE_BLOCKS = 256


@dataclass(frozen=True)
class Machine:
    """The machine, and the code that was measured on it."""

    cpu: str
    cores: int
    memory_gb: float
    system: str
    file_system: str
    python: str
    packages: dict[str, str]
    commit: str
    date: str


@dataclass(frozen=True)
class Limits:
    """The best that the machine can do, in bytes a second: copy in memory, write to the disk, read from it uncached."""

    copied: float
    written: float
    read: float

    def or_better(self, other: "Limits") -> "Limits":
        """Return the better of each: what others did on the machine meanwhile is no limit of it."""
        return Limits(*(max(a, b) for a, b in zip(astuple(self), astuple(other), strict=True)))


def describe() -> Machine:
    """Describe this machine; what cannot be found out is called unknown."""
    return Machine(
        cpu=_after("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        cores=os.cpu_count() or 0,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        system=f"{platform.system()} {platform.release()}",
        file_system=_file_system(),
        python=platform.python_version(),
        packages={name: _version(name) for name in PACKAGES},
        commit=_output("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty") or "unknown",
        date=datetime.now(UTC).date().isoformat(),
    )


def measure_limits() -> Limits:
    """Copy a quarter of a GB in memory, write as much to where benchmarks keep their files, and read it again; the best of 3."""
    found = [(_copied(), *_written_and_read()) for _ in range(3)]
    copied, written, read = (round(max(speeds)) for speeds in zip(*found, strict=True))
    return Limits(copied, written, read)


def _copied() -> float:
    source, target = bytes(_BLOCK * 256), bytearray(256 * len(_BLOCK))
    target[:] = source  # the first time its pages are made
    begun = time.perf_counter()
    target[:] = source
    return len(source) / (time.perf_counter() - begun)


def _written_and_read() -> tuple[float, float]:
    size = _FILE_BLOCKS * len(_BLOCK)
    with tempfile.NamedTemporaryFile() as file:
        begun = time.perf_counter()
        for _ in range(_FILE_BLOCKS):
            file.write(_BLOCK)
        file.flush()
        os.fsync(file.fileno())
        written = size / (time.perf_counter() - begun)
        if hasattr(os, "posix_fadvise"):  # else it is read from the cache, and the limit is that of the cache
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        begun = time.perf_counter()
        with Path(file.name).open("rb", buffering=0) as again:
            while again.read(len(_BLOCK)):
                pass
        return written, size / (time.perf_counter() - begun)


def _file_system() -> str:
    folder = Path(tempfile.gettempdir()).resolve()
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return "unknown"
    holding = [mount for mount in mounts if folder.is_relative_to(mount[1])]
    return max(holding, key=lambda mount: len(mount[1]))[2] if holding else "unknown"


def _after(file: str, name: str) -> str:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return ""
