"""Fixed-window quotas, in the headers that the Hub uses."""

import email.utils
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

RetryAfter = Literal["none", "seconds", "date"]
"""Form of the `Retry-After` header of a refusal, in addition to the `RateLimit` header."""


@dataclass(frozen=True)
class Allowance:
    """Remaining quota after a call."""

    bucket: str
    quota: int
    window: float
    left: int
    reset: int
    granted: bool

    @property
    def headers(self) -> dict[str, str]:
        """The two headers of every response: calls left and seconds to the reset, quota and window in seconds."""
        return {
            "RateLimit": f'"{self.bucket}";r={self.left};t={self.reset}',
            "RateLimit-Policy": f'"fixed window";"{self.bucket}";q={self.quota};w={math.ceil(self.window)}',
        }


class Quota:
    """A number of calls per holder in each window; all windows start with the quota object."""

    def __init__(self, bucket: str, quota: int, window: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start the first window now; `window` in seconds."""
        self.bucket = bucket
        self.quota = quota
        self.window = window
        self._clock = clock
        self._begin = clock()
        self._window_number = 0
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, holder: str, factor: int = 1, *, free: bool = False) -> Allowance:
        """Count one call of a holder, whose quota may be a multiple; a free call counts nothing."""
        quota = self.quota * factor
        with self._lock:
            elapsed = self._clock() - self._begin
            number = int(elapsed // self.window)
            if number != self._window_number:
                self._window_number = number
                self._used.clear()
            used = self._used.get(holder, 0)
            granted = free or used < quota
            if granted and not free:
                used += 1
                self._used[holder] = used
            reset = math.ceil(self.window * (number + 1) - elapsed)
        return Allowance(self.bucket, quota, self.window, max(quota - used, 0), reset, granted)


def retry_after(style: RetryAfter, seconds: int) -> dict[str, str]:
    """Return a `Retry-After` header in the chosen style."""
    match style:
        case "seconds":
            return {"Retry-After": str(seconds)}
        case "date":
            return {"Retry-After": email.utils.formatdate(time.time() + seconds, usegmt=True)}
        case "none":
            return {}
