"""Weeks of all tables: they begin on Monday, UTC."""

from datetime import UTC, date, datetime


def monday(moment: datetime) -> date:
    """Return the Monday of a moment's ISO week, UTC."""
    day = moment.astimezone(UTC).date()
    return date.fromordinal(day.toordinal() - day.weekday())
