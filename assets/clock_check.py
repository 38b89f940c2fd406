"""A clock that is wrong is refused before anything is written: what is newest is found by its time, for weeks to come.

A run with a clock that is ahead would label its rows with a later week. Everything after it would be older than the newest
row until that week has come: later walks would be made, and never enter the history.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache

import duckdb
import requests

from assets.http import environment
from assets.http.addresses import is_loopback
from assets.http.session import TimeLimitedSession

TOLERANCE = timedelta(hours=3)
_TIMEOUT_S = 5
# The newest moment of each kind that a run writes. A week begins on its Monday.
_NEWEST = """
    select greatest(
        (select max(finished_at) from meta.collection),
        (select max(published_at) from meta.release),
        (select max(recorded_at) from core.observation),
        (select max(week)::timestamptz from base.model_week)
    )
"""


class ClockError(RuntimeError):
    """The clock of this machine is wrong; nothing was written."""


def assert_after_history(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Return if no row of the database is newer than `now`.

    Raises:
        ClockError: one is, by more than TOLERANCE.
    """
    ((newest,),) = connection.execute(_NEWEST).fetchall()
    if newest is not None and newest - now > TOLERANCE:
        raise ClockError(
            f"the clock of this machine says {now:%Y-%m-%d %H:%M} UTC, and the newest row of the database is of "
            f"{newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC: one of the two clocks was wrong. Kept: everything; nothing was "
            "written. To do: set the clock of this machine, then tidegauge refresh. If it is right, an earlier run had a "
            "wrong one: docs/operations.md#wrong_clock."
        )


def assert_like_services(addresses: Sequence[str], now: datetime) -> None:
    """Return if `now` is the time of the first of these services that tells one, or if none does.

    Raises:
        ClockError: it differs by more than TOLERANCE.
    """
    for address in dict.fromkeys(addresses):
        ahead = _ahead_of(address)
        if ahead is None:
            continue
        if abs(ahead) > TOLERANCE:
            raise ClockError(
                f"the clock of this machine says {now:%Y-%m-%d %H:%M} UTC, which is {abs(ahead) / timedelta(hours=1):,.1f} "
                f"hours {'ahead of' if ahead > timedelta() else 'behind'} that of {address}. Kept: everything; nothing was "
                "written. To do: set the clock of this machine (`timedatectl` shows whether it is synchronized), then "
                "tidegauge refresh; docs/operations.md#wrong_clock."
            )
        return


@cache
def _ahead_of(address: str) -> timedelta | None:
    """Return by how much this machine's clock is ahead of a service's; None if it does not tell, or is on this machine.

    It is asked once in a process. A cache sends the time at which it got its response, and the age of that.
    """
    if is_loopback(address) or environment.obstacle(address) is not None:
        return None
    session = TimeLimitedSession(address)
    try:
        with session.time_limit(2 * _TIMEOUT_S):
            headers = session.head(address, timeout=_TIMEOUT_S, allow_redirects=False).headers
            told = parsedate_to_datetime(headers["Date"]) + timedelta(seconds=int(headers.get("Age") or 0))
    except (requests.RequestException, KeyError, ValueError, OverflowError):  # it has no time that can be read
        return None
    return datetime.now(UTC) - (told if told.tzinfo else told.replace(tzinfo=UTC))
