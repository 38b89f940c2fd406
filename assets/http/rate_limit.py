"""How fast a service lets us ask: its quota headers, its Retry-After, and a pace that uses the quota fully.

The Hub sends IETF structured fields: `RateLimit: "api";r=495;t=140` (calls left in this fixed window, seconds to its
end) and `RateLimit-Policy: "fixed window";"api";q=500;w=300` (calls and seconds in a window).
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LIMIT = re.compile(
    r'"(?P<bucket>\w+)"\s*;\s*r\s*=\s*(?P<remaining>[0-9]{1,9})\s*;\s*t\s*=\s*(?P<seconds>[0-9]{1,9})(?![0-9])'
)
_POLICY = re.compile(r"q\s*=\s*(?P<quota>[0-9]{1,9})\s*;.*?w\s*=\s*(?P<window>[0-9]{1,9})(?![0-9])")
# A window that is said to end later than this is a mistake: nobody is to wait for it.
_LONGEST_WINDOW_S = 3600
# What follows is not looked at: to search a header of a hundred thousand signs takes seconds.
_LONGEST_HEADER = 1000

# Two statements on the end of one window differ by less than this.
_ROUNDING_S = 2.0


@dataclass(frozen=True)
class Quota:
    """What is left of a service's quota: calls, seconds to the end of the window, calls and seconds of a window."""

    remaining: int
    resets_in_s: int
    limit: int | None
    window_s: int | None


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """Read the quota from an answer's headers; None where it states none that can be read."""
    limit = _LIMIT.search(headers.get("RateLimit", "")[:_LONGEST_HEADER])
    if limit is None or int(limit["seconds"]) > _LONGEST_WINDOW_S:
        return None
    policy = _POLICY.search(headers.get("RateLimit-Policy", "")[:_LONGEST_HEADER])
    return Quota(
        remaining=int(limit["remaining"]),
        resets_in_s=int(limit["seconds"]),
        limit=int(policy["quota"]) if policy else None,
        window_s=int(policy["window"]) if policy else None,
    )


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, as seconds from `now`; None where it says nothing usable."""
    if value is None:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def read_retry_after_in_body(body: bytes) -> float | None:
    """Read the seconds that Discord asks for in the body of a 429: `{"retry_after": 1.337}`; None where there are none."""
    try:
        asked = json.loads(body)["retry_after"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return float(asked) if isinstance(asked, int | float) and 0 <= asked < 1e9 else None


class Pace:
    """Spreads calls over what is left of each window, so that the quota is used up and never exceeded.

    The header's seconds are whole, rounded one way or the other: the window ends at the latest one second after what
    any answer in it said, so the earliest of these bounds is safe, and sharpens with each answer. Whatever the quota
    says, `spacing_s` lies between the starts of two calls.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        spacing_s: float = 0.0,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._spacing_s = spacing_s
        self._next = 0.0
        self._window_ends = 0.0

    def wait(self) -> float:
        """Wait until the next call is due, and give the moment at which it starts."""
        while (pause := self._next - self._clock()) > 0:
            self._sleep(pause)
        started = self._clock()
        self._next = started + self._spacing_s
        return started

    def answered(self, started: float, quota: Quota | None) -> None:
        """Plan the next call from what the answer to the call begun at `started` said."""
        if quota is None:
            return
        now = self._clock()
        bound = now + quota.resets_in_s + 1
        is_next_window = now >= self._window_ends or bound - _ROUNDING_S > self._window_ends
        self._window_ends = bound if is_next_window else min(self._window_ends, bound)
        due = started + (self._window_ends - started) / (quota.remaining + 1)
        self._next = max(due, started + self._spacing_s)
