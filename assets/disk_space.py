"""Check that the disk has enough free space for the next refresh, before it starts."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from assets.http.errors import SourceError
from assets.settings import LIVE_HUB, Settings

# Without stored responses there is nothing to estimate from: a walk over the live Hub stores less than this.
FIRST_REFRESH_BYTES = 2 * 10**9
# A refresh writes more in some weeks; below twice the estimate a check warns.
ALLOWANCE = 1.25
LOW_BELOW = 2


class DiskFullError(SourceError):
    """The disk has not enough free space for the refresh; no request was sent."""


@dataclass(frozen=True)
class DiskSpace:
    """Bytes free on the disk of the warehouse, and the estimated need of the next refresh."""

    free: int
    needed: int

    @property
    def fits(self) -> bool:
        """Whether the next refresh fits."""
        return self.free >= self.needed

    @property
    def is_low(self) -> bool:
        """Whether to free space now: the refresh after the next one may not fit."""
        return self.free < LOW_BELOW * self.needed

    def __str__(self) -> str:
        """Return both as one line of text."""
        return f"{self.free / 1e9:,.1f} GB free; the next refresh needs about {self.needed / 1e9:,.1f} GB"


def disk_space(settings: Settings) -> DiskSpace:
    """Return the free space and the estimated need of the next refresh.

    A refresh stores as many responses as in the newest week, may rewrite the working database, and builds a second release.
    """
    stored = sum(_size(max(weeks)) for weeks in _weeks(settings.working / "landing"))
    written = _size(settings.database) + _size(settings.published)
    first = FIRST_REFRESH_BYTES if settings.hub_endpoint == LIVE_HUB else 0
    estimate = ALLOWANCE * (stored + written) if stored else first
    return DiskSpace(free=shutil.disk_usage(_nearest(settings.working)).free, needed=round(estimate))


def assert_disk_space(source: str, settings: Settings) -> None:
    """Check that the next refresh fits on the disk.

    Raises:
        DiskFullError: it does not fit.
    """
    found = disk_space(settings)
    if not found.fits:
        raise DiskFullError(
            source,
            f"the disk of {settings.working} is almost full: {found}. No request was sent.",
            kept="everything that was there before, and the last release.",
            remedy="free some space, or move TIDEGAUGE_HOME to a larger disk; docs/operations.md#no_room says what may be deleted.",
        )


def _weeks(landing: Path) -> list[list[Path]]:
    found = [sorted(source.glob("????-??-??")) for source in landing.glob("*")]
    return [weeks for weeks in found if weeks]


def _size(path: Path) -> int:
    # Path.rglob fails when a running refresh removes a folder that it has listed.
    found = [path] if path.is_file() else [Path(folder) / file for folder, _, files in os.walk(path) for file in files]
    return sum(map(_bytes, found))


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # removed since it was listed
        return 0


def _nearest(path: Path) -> Path:
    return path if path.exists() else _nearest(path.parent)
