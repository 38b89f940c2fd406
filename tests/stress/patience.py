"""Short patience: the product's own waits, made so short that a thousand of them take minutes; what waits stays real."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

import prawcore.rate_limit
import prawcore.sessions

from assets.communities import reddit_session
from assets.http import client, downloads

CONNECT_S, READ_S, ANSWER_S, WAIT_S = 0.5, 0.5, 0.8, 0.01
LARGEST_BYTES = 12 * 2**20
_SHORT: dict[tuple[ModuleType, str], object] = {
    (client, "CONNECT_TIMEOUT_S"): CONNECT_S,
    (client, "READ_TIMEOUT_S"): READ_S,
    (client, "RESPONSE_TIMEOUT_S"): ANSWER_S,
    (client, "LONGEST_WAIT_S"): WAIT_S,
    (client, "FIRST_WAIT_S"): WAIT_S,
    (client, "JITTER_S"): WAIT_S,
    (client, "LARGEST_RESPONSE_BYTES"): LARGEST_BYTES,
    (reddit_session, "_TIMEOUT_S"): (CONNECT_S, READ_S),
    (reddit_session, "_RESPONSE_TIMEOUT_S"): ANSWER_S,
    (downloads, "_LONGEST_WAIT_S"): WAIT_S,
}


@contextmanager
def short() -> Iterator[None]:
    """Shorten every wait, and every sleep of PRAW, for as long as the context lasts."""
    quick = SimpleNamespace(
        sleep=lambda seconds: time.sleep(min(seconds, WAIT_S)), monotonic=time.monotonic, monotonic_ns=time.monotonic_ns
    )
    praw: dict[tuple[ModuleType, str], object] = {
        (prawcore.sessions, "time"): quick, (prawcore.rate_limit, "time"): quick,
    }  # fmt: skip
    before = {place: getattr(*place) for place in (*_SHORT, *praw)}
    try:
        for (module, name), value in (_SHORT | praw).items():
            setattr(module, name, value)
        yield
    finally:
        for (module, name), value in before.items():
            setattr(module, name, value)


def bound_s(undisturbed_s: float, requests: int) -> float:
    """Return how long a disturbed collection may take: every attempt at one request as long as it can be.

    A collection that is undisturbed takes its own time, on a busy machine several times that.
    """
    attempts = 2 * client.ATTEMPTS  # a doubtful page is asked for twice
    once = CONNECT_S + READ_S + ANSWER_S + 2 * WAIT_S
    return 4 * undisturbed_s + attempts * once + 0.02 * requests + 4
