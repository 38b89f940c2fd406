"""`tidegauge status`: the last release, its age, stale sources and lists, the current run, and when the next refresh is due."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from assets.settings import CHECKOUT
from warehouse.release.publish import DATABASE

if TYPE_CHECKING:
    from dagster import DagsterInstance

# Where Dagster stores its runs and its daemon's heartbeats, as in dagster.yaml.
HISTORY = CHECKOUT / ".dagster" / "storage" / "history" / "runs.db"
# As in meta.freshness for a source.
STALE_AFTER = timedelta(days=8)
# As in dagster.yaml: the daemon, if it runs, ends a run that takes longer.
LONGEST_RUN = timedelta(hours=6)
# Dagster's daemon sends a heartbeat every 30 seconds.
HEARTBEAT_TIMEOUT = timedelta(minutes=5)
CLOCKS_DIFFER = timedelta(hours=1)
REFRESH = "weekly_refresh"
_OVER = ("SUCCESS", "FAILURE", "CANCELED")


@dataclass(frozen=True)
class Stale:
    """A stale source: days between its last complete collection and the release, and the result of its last attempt."""

    source: str
    days: float | None
    status: str
    reason: str | None


@dataclass(frozen=True)
class StaleList:
    """A curated list that no person has reviewed for too long: its file, and its age at the release in days."""

    file: str
    days: float
    stale_after_days: int


@dataclass(frozen=True)
class Status:
    """The newest release, and the sources and curated lists that were stale when it was made.

    `sources` and `lists` are None if an earlier version of Tidegauge made the release, which did not state them.
    """

    version: int
    published_at: datetime
    weeks: int
    origin: str
    folder: Path
    sources: int | None
    stale: tuple[Stale, ...]
    lists: int | None = None
    stale_lists: tuple[StaleList, ...] = ()

    def is_old(self, now: datetime) -> bool:
        """Return whether a weekly refresh is overdue."""
        return now - self.published_at > STALE_AFTER

    def is_ahead(self, now: datetime) -> bool:
        """Return whether the release is in the future: a clock was wrong, and no release would be old until then."""
        return self.published_at - now > CLOCKS_DIFFER

    def lines(self, now: datetime) -> Iterator[str]:
        """Yield the lines of the report."""
        made_up = ", made up by the sandbox" if self.origin == "sandbox" else ""
        yield f"release   {self.version} of {self.published_at:%Y-%m-%d %H:%M} UTC, {self.weeks} weeks of the Hub{made_up}"
        age = (now - self.published_at) / timedelta(days=1)
        overdue = "; a refresh is overdue: tidegauge refresh" if self.is_old(now) else ""
        ahead = "; it is in the future: check this machine's clock" if self.is_ahead(now) else ""
        yield f"age       {age:.1f} days{overdue}{ahead}"
        if self.sources is None:
            yield "sources   unknown: an earlier version of Tidegauge made this release; tidegauge refresh"
        else:
            yield f"sources   {self.sources - len(self.stale)} of {self.sources} are fresh"
        for one in self.stale:
            when = f"{one.days:.1f} days before the release" if one.days is not None else "never"
            why = f": {one.reason}" if one.reason else ""
            yield f"stale     {one.source}: last complete {when}; last attempt {one.status}{why}"
        if self.lists is not None:
            yield f"lists     {self.lists - len(self.stale_lists)} of {self.lists} were reviewed in time"
        for each in self.stale_lists:
            yield (
                f"review    {each.file}: last reviewed {int(each.days)} days before the release, due after "
                f"{each.stale_after_days}; tidegauge review lists"
            )
        yield f"next      {next_refresh(now):%A %Y-%m-%d %H:%M} UTC, if tidegauge ui runs then"
        yield f"folder    {self.folder}"


@dataclass(frozen=True)
class Operation:
    """The newest run of the refresh, with its start and end, and the scheduler's last heartbeat.

    A run without an end is running, or hangs. The scheduler is `tidegauge ui`, or another Dagster daemon.
    """

    run: str | None = None
    began: datetime | None = None
    ended: datetime | None = None
    scheduler_heartbeat: datetime | None = None

    def is_stuck(self, now: datetime) -> bool:
        """Return whether a run has been running for longer than any refresh takes."""
        return self.began is not None and self.ended is None and now - self.began > LONGEST_RUN

    def lines(self, now: datetime) -> Iterator[str]:
        """Yield the lines of the report."""
        if self.began and self.ended:
            yield f"last run  {self.began:%Y-%m-%d %H:%M} UTC, {self.run}"
        elif self.began:
            hours = (now - self.began) / timedelta(hours=1)
            hangs = "; it hangs: docs/operations.md#run_hangs" if self.is_stuck(now) else ""
            yield f"running   since {self.began:%Y-%m-%d %H:%M} UTC, {hours:.1f} hours{hangs}"
        else:
            yield "last run  none on this machine"
        if self.scheduler_heartbeat and now - self.scheduler_heartbeat < HEARTBEAT_TIMEOUT:
            yield "schedule  tidegauge ui is running"
        else:
            last = (
                f"last seen {self.scheduler_heartbeat:%Y-%m-%d %H:%M} UTC" if self.scheduler_heartbeat else "never seen"
            )
            yield f"schedule  tidegauge ui is not running ({last}): without it, or a timer of your own, nothing is refreshed"


@dataclass(frozen=True)
class _Run:
    """A run as in Dagster's run storage: `start` and `end` in seconds since 1970."""

    status: str
    created: datetime
    updated: datetime
    start: float | None
    end: float | None


def operation(history: Path) -> Operation:
    """Return the newest run from Dagster's SQLite file, read without Dagster; an empty one if there is no such file.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    if not history.exists():
        return Operation()
    with closing(sqlite3.connect(f"{history.as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute(
            "select status, create_timestamp, update_timestamp, start_time, end_time from runs "
            "where pipeline_name = ? order by id desc limit 1",
            [REFRESH],
        ).fetchone()
        (heartbeat,) = connection.execute("select max(timestamp) from daemon_heartbeats").fetchone()
    run = _Run(found[0], _utc(found[1]), _utc(found[2]), *found[3:]) if found else None
    return _operation(run, _utc(heartbeat) if heartbeat else None)


def operation_of(instance: "DagsterInstance") -> Operation:
    """Return the newest run from a Dagster instance, whatever its storage."""
    from dagster import RunsFilter

    newest = next(iter(instance.get_run_records(RunsFilter(job_name=REFRESH), limit=1)), None)
    heartbeats = [beat.timestamp for beat in instance.get_daemon_heartbeats().values()]
    run = (
        _Run(
            newest.dagster_run.status.value,
            newest.create_timestamp.astimezone(UTC),
            newest.update_timestamp.astimezone(UTC),
            newest.start_time,
            newest.end_time,
        )
        if newest
        else None
    )
    return _operation(run, _moment(max(heartbeats, default=None)))


def _operation(newest: _Run | None, scheduler_heartbeat: datetime | None) -> Operation:
    if newest is None:
        return Operation(scheduler_heartbeat=scheduler_heartbeat)
    return Operation(
        newest.status.lower(),
        _moment(newest.start) or newest.created,
        (_moment(newest.end) or newest.updated) if newest.status in _OVER else None,
        scheduler_heartbeat,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read_status(published: Path) -> Status | None:
    """Return the status of the published folder; None if there is no release."""
    database = published / DATABASE
    if not database.exists():
        return None
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        version, published_at, weeks, origin = connection.execute(
            "select version, published_at, weeks, origin from meta.release cross join meta.warehouse "
            "order by version desc limit 1"
        ).fetchall()[0]
        rows = connection.execute("select view_name from duckdb_views() where schema_name = 'meta'").fetchall()
        if ("freshness",) not in rows:
            return Status(version, published_at, weeks, origin or "live", published, None, ())
        found = connection.execute("from meta.freshness order by source")
        names = [column[0] for column in found.description or ()]
        known = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    # Before version 0.2 the view had sources only, and no column `kind`.
    sources = [row for row in known if row.get("kind", "source") == "source"]
    lists = [row for row in known if row.get("kind") == "list"]
    return Status(
        version,
        published_at,
        weeks,
        origin or "live",
        published,
        len(sources),
        tuple(
            Stale(row["source"], row["days_at_release"], row["last_status"], row["last_reason"])
            for row in sources
            if row["is_stale"]
        ),
        len(lists) if "kind" in names else None,
        tuple(
            StaleList(row["source"], row["days_at_release"], row["stale_after_days"])
            for row in lists
            if row["is_stale"]
        ),
    )


def next_refresh(now: datetime) -> datetime:
    """Return the next Monday, 06:00 UTC (`pipelines.schedules.every_monday`)."""
    monday = (now - timedelta(days=now.weekday())).replace(hour=6, minute=0, second=0, microsecond=0)
    return monday if monday > now else monday + timedelta(days=7)
