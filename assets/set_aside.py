"""Odd items of a collection that the rest does without: (item, reason)."""

from collections.abc import Sequence


def set_aside_figures(set_aside: Sequence[tuple[str, str]]) -> dict[str, float | str]:
    """Return the figures of the odd items of a collection, given as (item, reason): their number, and the first few."""
    if not set_aside:
        return {}
    return {"set aside": len(set_aside), "why": "; ".join(f"{item}: {reason}" for item, reason in set_aside[:5])}
