"""Synthetic counters that grow from week to week, each at its own rate."""

from hashlib import blake2b

from pipelines.sandbox.draws import mix


def counter(name: str, week: float, size: int) -> float:
    """Return a count of about `size` in week 0 that grows by 0.2 to 2 percent a week, depending on its name."""
    key = mix(int.from_bytes(blake2b(name.casefold().encode(), digest_size=8).digest(), "big"))
    start, pace = key % 997 / 997, key // 997 % 991 / 991
    growth: float = (1.002 + 0.018 * pace) ** week
    return size * (0.4 + 1.2 * start) * growth


def is_made_up(name: str) -> bool:
    """Return whether the sandbox knows a name: all but those that begin with `no-such`."""
    return not name.casefold().replace("_", "-").startswith("no-such")
