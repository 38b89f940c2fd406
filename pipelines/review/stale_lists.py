"""Curated lists whose review is overdue: the same row with the day of today, once a person has compared the list."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.review.list_files import read_rows
from pipelines.review.proposals import Proposal, Waiting, of_proposals

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings

FILE = "curated_list.csv"


def find(connection: "duckdb.DuckDBPyConnection", settings: "Settings") -> Waiting:
    """Return a row for each list that is stale today, the one that has been so for longest first."""
    today = datetime.now(UTC).date()
    overdue = [
        (date.fromisoformat(row["reviewed_on"]) + timedelta(int(row["stale_after_days"])), row)
        for row in read_rows(FILE)
        if row["stale_after_days"]
    ]
    return of_proposals(
        [
            Proposal(
                FILE,
                {**row, "reviewed_on": f"{today}"},
                f"{row['file']} was last reviewed on {row['reviewed_on']}. Compare it with: {row['note']}",
                row["file"],
                {"file": row["file"]},
                can_be_refused=False,
            )
            for due, row in sorted(overdue, key=lambda pair: pair[0])
            if due < today
        ]
    )
