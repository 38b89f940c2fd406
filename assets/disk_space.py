"""Whether the disk has room for the next refresh: it is better refused at its beginning than torn off in its middle."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from assets.http.errors import SourceError
from assets.settings import LIVE_HUB, Settings

# Before anything was landed nothing can be estimated: a walk over the live Hub lands less than this.
FIRST_REFRESH_BYTES = 2 * 10**9
# What a refresh writes changes from week to week; below twice the estimate somebody should know.
ALLOWANCE = 1.25
LOW_BELOW = 2


class NoRoomError(SourceError):
    """The disk cannot hold what the refresh is about to write; nothing was asked."""


@dataclass(frozen=True)
class Room:
    """Bytes that are free where the warehouse lies, and that the next refresh is estimated to need."""

    free: int
    needed: int

    @property
    def fits(self) -> bool:
        """Whether the next refresh has room."""
        return self.free >= self.needed

    @property
    def is_low(self) -> bool:
        """Whether it is time to make room: the one after it may not fit."""
        return self.free < LOW_BELOW * self.needed

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.free / 1e9:,.1f} GB free; the next refresh needs about {self.needed / 1e9:,.1f} GB"


def room(settings: Settings) -> Room:
    """Measure what is free, and estimate what the next refresh needs.

    It lands as much as in the newest week, may lay the working database anew, and builds a release beside the last one.
    """
    landed = sum(_size(max(weeks)) for weeks in _weeks(settings.working / "landing"))
    written = _size(settings.database) + _size(settings.published)
    first = FIRST_REFRESH_BYTES if settings.hub_endpoint == LIVE_HUB else 0
    estimate = ALLOWANCE * (landed + written) if landed else first
    return Room(free=shutil.disk_usage(_nearest(settings.working)).free, needed=round(estimate))


def demand_room(source: str, settings: Settings) -> None:
    """Refuse to begin where the disk has no room.

    Raises:
        NoRoomError: it has none.
    """
    found = room(settings)
    if not found.fits:
        raise NoRoomError(
            source,
            f"the disk of {settings.working} is almost full: {found}. Nothing was asked.",
            kept="everything that was there before, and the last release.",
            remedy="make room, or move TIDEGAUGE_HOME to a larger disk; docs/operations.md#no_room says what may be deleted.",
        )


def _weeks(landing: Path) -> list[list[Path]]:
    found = [sorted(source.glob("????-??-??")) for source in landing.glob("*")]
    return [weeks for weeks in found if weeks]


def _size(path: Path) -> int:
    # Not by Path.rglob: a refresh at work removes what it has just listed.
    found = [path] if path.is_file() else [Path(folder) / file for folder, _, files in os.walk(path) for file in files]
    return sum(map(_bytes, found))


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # gone since it was listed
        return 0


def _nearest(path: Path) -> Path:
    return path if path.exists() else _nearest(path.parent)
