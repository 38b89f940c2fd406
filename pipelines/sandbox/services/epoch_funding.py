"""Synthetic file of funding rounds in Epoch's format: closed rounds, tenders, debt, talks, undisclosed amounts."""

import csv
import io
from datetime import timedelta
from typing import Final

from pipelines.sandbox.hub.world import World

HEADER: Final = (
    "Id", "Company", "Close date", "Status", "Funding (equity)", "Funding (debt)", "Valuation (post-money)", "Report date",
    "Source 1", "Source 2", "Source 3", "Graph note", "Notes", "Type", "Confidence", "Exclude from graph view",
)  # fmt: skip
# Company, weeks after the start of the world at which it closes, equity, debt, valuation, type, note.
_ROUNDS: Final = (
    ("Quillmark AI", -61, "52000000.0", "", "400000000.0", "Primary", ""),
    ("Quillmark AI", 4, "14000000.0", "", "", "Primary", 'Led by "Harbourline",\nwho say that it is a first close'),
    ("Tessellate Labs", -130, "8000000.0", "", "", "Primary", ""),
    ("Tessellate Labs", -31, "120000000.0", "60000000.0", "1500000000.0", "Primary", "Equity and debt in one"),
    ("Tessellate Labs", -6, "0.0", "", "1900000000.0", "Primary", "Employees sold shares"),
    ("Tessellate Labs", 7, "75000000.0", "", "2400000000.0", "Secondary", "Tender"),
    ("Marginalia Models", -80, "", "", "", "Primary", "The amount was not disclosed"),
    ("Marginalia Models", 2, "33000000.0", "", "210000000.0", "Primary", ""),
    ("Ostraca Systems", -20, "", "25000000.0", "", "Primary", "A loan"),
)


def funding_rounds(world: World, week: int) -> bytes:
    """Return the file of a week: a round is in talks for three weeks before it closes."""
    now = world.now(week)
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEADER)
    for company, closing, equity, debt, valuation, kind, note in _ROUNDS:
        closes = world.now(closing)
        if now < closes - timedelta(weeks=3):
            continue
        closed = closes <= now
        source = f"https://news.example.org/{company.split()[0].lower()}-{closing + 200}"
        table.writerow(
            [
                f"{company} – {closes:%Y-%m}", company, f"{closes:%Y-%m-%d}" if closed else "",
                "Closed" if closed else "Late discussions", equity if closed else "100000000000.0", debt, valuation,
                f"{min(closes, now):%Y-%m-%d}", source, "", "", "", note, kind, "Confident", "",
            ]
        )  # fmt: skip
    doubled = world.now(-80)
    table.writerow(
        [
            f"Marginalia Models – {doubled:%Y-%m} (as first reported)", "Marginalia Models", "", "Closed", "9000000.0", "", "",
            f"{doubled:%Y-%m-%d}", "", "", "", "", "Superseded", "Primary", "Speculative", "True",
        ]
    )  # fmt: skip
    return text.getvalue().encode()
