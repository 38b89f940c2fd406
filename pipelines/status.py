"""What is published: how fresh it is, what in it is stale, and when the next refresh is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.publication import DATABASE
from warehouse.tables.meta import FRESHNESS

# As meta.freshness has it for a source.
STALE_AFTER = timedelta(days=8)


@dataclass(frozen=True)
class Stale:
    """A source that was not collected whole for long: days before the release, and what became of the last attempt."""

    source: str
    days: float | None
    status: str
    reason: str | None


@dataclass(frozen=True)
class Status:
    """The newest release, and the sources that were stale when it was made."""

    version: int
    published_at: datetime
    weeks: int
    origin: str
    folder: Path
    sources: int
    stale: tuple[Stale, ...]

    def is_old(self, now: datetime) -> bool:
        """Say whether a weekly refresh is overdue."""
        return now - self.published_at > STALE_AFTER

    def lines(self, now: datetime) -> Iterator[str]:
        """Give what a person wants to know, a line for each thing."""
        made_up = ", made up by the sandbox" if self.origin == "sandbox" else ""
        yield f"release   {self.version} of {self.published_at:%Y-%m-%d %H:%M} UTC, {self.weeks} weeks of the Hub{made_up}"
        age = (now - self.published_at) / timedelta(days=1)
        overdue = "; a refresh is overdue: tidegauge refresh" if self.is_old(now) else ""
        yield f"age       {age:.1f} days{overdue}"
        yield f"sources   {self.sources - len(self.stale)} of {self.sources} are fresh"
        for one in self.stale:
            when = f"{one.days:.1f} days before the release" if one.days is not None else "never"
            why = f": {one.reason}" if one.reason else ""
            yield f"stale     {one.source}: collected whole {when}; last attempt {one.status}{why}"
        yield f"next      {next_refresh(now):%A %Y-%m-%d %H:%M} UTC, if tidegauge ui runs then"
        yield f"folder    {self.folder}"


def look(published: Path) -> Status | None:
    """Look into the published folder; None if there is no release."""
    database = published / DATABASE
    if not database.exists():
        return None
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        version, published_at, weeks, origin = connection.execute(
            "select version, published_at, weeks, origin from meta.release cross join meta.warehouse "
            "order by version desc limit 1"
        ).fetchall()[0]
        # The view's own words: the file of an earlier release need not have it.
        sources = connection.execute(
            f"select source, is_stale, days_at_release, last_status, last_reason from ({FRESHNESS.select}) order by source"
        ).fetchall()
    stale = tuple(Stale(source, *rest) for source, is_stale, *rest in sources if is_stale)
    return Status(version, published_at, weeks, origin or "live", published, len(sources), stale)


def next_refresh(now: datetime) -> datetime:
    """Give the next Monday, 06:00 UTC (`pipelines.schedules.every_monday`)."""
    monday = (now - timedelta(days=now.weekday())).replace(hour=6, minute=0, second=0, microsecond=0)
    return monday if monday > now else monday + timedelta(days=7)
