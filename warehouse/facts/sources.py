"""Rows of meta.source."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceRow:
    """A row of meta.source."""

    source: str
    title: str
    url: str
    licence: str
    citation: str
    cadence: str
    caveat: str | None
