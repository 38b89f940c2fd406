"""Rate limits: quota headers, Retry-After, and a pace that uses the quota fully.

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
# A window that ends later than this is an error of the service: do not wait for it.
_LONGEST_WINDOW_S = 3600
# Only the beginning of a header is parsed: searching one of 100,000 characters takes seconds.
_LONGEST_HEADER = 1000

# Two responses give the end of the same window with a smaller difference than this.
_ROUNDING_S = 2.0


@dataclass(frozen=True)
class Quota:
    """A service's quota: calls left, seconds to the end of the window, calls and seconds of a window."""

    remaining: int
    resets_in_s: int
    limit: int | None
    window_s: int | None


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """Read the quota from the headers of a response; None if there is none that can be parsed."""
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
    """Return a Retry-After header (seconds or an HTTP date) as seconds from `now`; None if it cannot be parsed."""
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
    """Return the seconds in the body of a 429 of Discord, `{"retry_after": 1.337}`; None if there are none."""
    try:
        wait_s = json.loads(body)["retry_after"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return float(wait_s) if isinstance(wait_s, int | float) and 0 <= wait_s < 1e9 else None


class Pace:
    """Spread calls over the rest of each window, so that the quota is used up and never exceeded.

    The header has whole seconds, rounded up or down: the window ends at most one second after what any response says.
    The earliest of these bounds is used, and each response can improve it. At least `spacing_s` is left between the starts
    of two calls, whatever the quota.
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
        """Wait until the next call is due; return the clock's time at its start."""
        while (pause := self._next - self._clock()) > 0:
            self._sleep(pause)
        started = self._clock()
        self._next = started + self._spacing_s
        return started

    def responded(self, started: float, quota: Quota | None) -> None:
        """Schedule the next call from the quota in the response to the call that started at `started`."""
        if quota is None:
            return
        now = self._clock()
        bound = now + quota.resets_in_s + 1
        is_next_window = now >= self._window_ends or bound - _ROUNDING_S > self._window_ends
        self._window_ends = bound if is_next_window else min(self._window_ends, bound)
        due = started + (self._window_ends - started) / (quota.remaining + 1)
        self._next = max(due, started + self._spacing_s)
