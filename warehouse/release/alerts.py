"""Milestones and alerts: stored when first found, and marked once they are sent."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import duckdb

from warehouse.database.derive import check
from warehouse.tables.events import EVENT

# Events that could not be sent for this time are not sent at all, to avoid a flood after an outage of the receiver.
NEWS_LASTS = timedelta(days=28)


@dataclass(frozen=True)
class Event:
    """An event to send: columns of `meta.event`, and `origin`, live or sandbox."""

    event: str
    kind: str
    source: str
    metric: str | None
    entity: str | None
    basis: str | None
    period_start: date
    value: float | None
    value_before: float | None
    growth_pct: float | None
    unit: str
    definition_changed: bool
    statement: str
    recorded_at: datetime
    origin: str | None

    def message(self) -> dict[str, str | float | bool | None]:
        """Return the event as a JSON object, with dates and times in ISO 8601."""
        return {
            **asdict(self),
            "period_start": self.period_start.isoformat(),
            "recorded_at": self.recorded_at.isoformat(),
        }


def keep_new(connection: duckdb.DuckDBPyConnection, now: datetime) -> int:
    """Add the events of `growth.milestone` that are not in `meta.event` yet; return their number.

    An event is news if it happened in the week of the last release or later. Before the first release no event is news.

    Raises:
        CheckError: a row of `meta.event` breaks a declared constraint.
    """
    ((new,),) = connection.execute(
        """
        insert into meta.event by name
        select
            *, $now as recorded_at,
            coalesce(
                period_start >= (select date_trunc('week', max(published_at)) from meta.release where published_at <= $now),
                false
            ) as is_news
        from growth.milestone
        anti join meta.event using (event)
        """,
        {"now": now},
    ).fetchall()
    check(connection, EVENT)
    return int(new)


def unsent(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[Event]:
    """Return the news of the last four weeks that has not been sent yet, oldest first."""
    rows = connection.execute(
        f"""
        select {", ".join(f"event.{name}" for name in Event.__dataclass_fields__ if name != "origin")}, origin
        from meta.event as event
        anti join meta.alert using (event)
        cross join meta.warehouse
        where is_news and recorded_at > $since
        order by recorded_at, event
        """,
        {"since": now - NEWS_LASTS},
    ).fetchall()
    return [Event(*row) for row in rows]


def mark_sent(connection: duckdb.DuckDBPyConnection, event: Event, now: datetime) -> None:
    """Record that an event was sent."""
    connection.execute("insert into meta.alert (event, sent_at) values (?, ?)", [event.event, now])
