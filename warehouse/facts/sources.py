"""Rows of meta.source."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

HUB = "hugging_face_hub"
SANDBOX_HUB = "sandbox_hub"


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


def sandbox_rows(rows: Iterable[SourceRow]) -> list[SourceRow]:
    """Return the row of the stand-in of each source that is collected weekly; the stand-in of the Hub has its own row.

    The rows must contain that of the sandbox's Hub: its terms hold for every stand-in.
    """
    by_name = {row.source: row for row in rows}
    return [
        replace(by_name[SANDBOX_HUB], source=f"sandbox_{row.source}", title=f"Tidegauge sandbox: a made-up {row.title}")
        for row in by_name.values()
        if row.cadence == "Weekly" and row.source != HUB and f"sandbox_{row.source}" not in by_name
    ]
