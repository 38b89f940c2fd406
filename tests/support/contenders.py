"""Stand-ins for contenders of a benchmark: each runs in a process of its own, which must find it quickly."""

from tests.performance.measuring import Found, Meter


def one(_meter: Meter, *, models: int) -> Found:
    """Answer 1."""
    return Found(models, [1])


def another(_meter: Meter, *, models: int) -> Found:
    """Answer 2."""
    return Found(models, [2])
