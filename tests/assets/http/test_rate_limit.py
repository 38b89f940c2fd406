"""Rate limits: every form of the headers is parsed, and the quota is used fully and never exceeded."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.http.link_header import read_next
from assets.http.rate_limit import Pace, Quota, read_quota, read_retry_after

NOW = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


def test_the_hubs_headers_are_read():
    headers = {"RateLimit": '"api";r=495;t=140', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    assert read_quota(headers) == Quota(remaining=495, resets_in_s=140, limit=500, window_s=300)


_IMPLAUSIBLE = ['"api";r=0;t=999999999', f'"api";r={"9" * 400};t=1', f'"api";r=0;t={"9" * 5000}', '"api";r=0;t=3601']


@pytest.mark.parametrize("header", ["", "r=5", '"api";r=x;t=1', "100", *_IMPLAUSIBLE])
def test_a_header_that_cannot_be_read_states_no_quota(header):
    assert read_quota({"RateLimit": header}) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        (" 12 ", 12),
        ("Mon, 02 Nov 2026 06:01:30 GMT", 90),
        ("Mon, 02 Nov 2026 05:00:00 GMT", 0),
        ("soon", None),
        ("-3", None),
        ("", None),
        ("nan", None),
        ("9" * 5000, None),
        ("Mon, 01 Jan 10000 00:00:00 GMT", None),
        ("Wed, 21 Oct 2099 07:28:00 +99999999999", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_every_form(value, seconds):
    assert read_retry_after(value, NOW) == seconds


class FixedWindow:
    """A server with fixed windows, and a clock that only moves during waits and responses."""

    def __init__(self, quota: int, window: float, latency: float, phase: float, round_up: bool):
        self.quota, self.window, self.latency, self.round_up = quota, window, latency, round_up
        self.now = 1000.0 + phase
        self.started = self.now
        self.used: dict[int, int] = {}

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def call(self) -> tuple[int, Quota]:
        number = int(self.now // self.window)
        self.used[number] = self.used.get(number, 0) + 1
        left = self.window - self.now % self.window
        self.now += self.latency
        status = 200 if self.used[number] <= self.quota else 429
        left = max(0, left - self.latency)
        shown = int(-(-left // 1)) if self.round_up else int(left)
        return status, Quota(max(0, self.quota - self.used[number]), shown, self.quota, int(self.window))


@given(
    quota=st.integers(5, 600),
    latency=st.floats(0.001, 0.4),
    phase=st.floats(0, 299),
    round_up=st.booleans(),
)
def test_a_pace_never_earns_a_429_and_leaves_little_of_a_window_unused(quota, latency, phase, round_up):
    server = FixedWindow(quota, 300.0, min(latency, 200 / quota), phase, round_up)
    pace = Pace(clock=server.clock, sleep=server.sleep)
    statuses = []
    while server.now < server.started + 4 * 300:
        started = pace.wait()
        status, left = server.call()
        pace.responded(started, left)
        statuses.append(status)
    assert set(statuses) == {200}
    whole = [
        used
        for number, used in server.used.items()
        if number * 300 > server.started and (number + 1) * 300 < server.now
    ]
    assert all(used >= 0.98 * quota - 1 for used in whole), whole


def test_a_service_without_quota_is_not_slowed_down():
    pace = Pace(clock=lambda: 0.0, sleep=lambda _: pytest.fail("waited"))
    for _ in range(100):
        pace.responded(pace.wait(), None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Link": "<" * 60_000},
        {"Link": "<a" * 30_000},
        {"RateLimit": '"api";r=1;t=1', "RateLimit-Policy": "q=1;" * 15_000},
    ],
)
def test_a_long_header_is_read_in_no_time(headers):
    begun = time.monotonic()
    assert read_next(headers.get("Link", "")) is None
    read_quota(headers)
    assert time.monotonic() - begun < 1
