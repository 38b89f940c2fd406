"""Large roots that no family holds, and further repositories of their lines."""

from typing import TYPE_CHECKING

from pipelines.review.proposals import Proposal, Waiting, of_proposals

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings


def find(connection: "duckdb.DuckDBPyConnection", settings: "Settings") -> Waiting:
    """Return the rows that `warehouse.hub.family_proposals` proposes for family.csv."""
    from warehouse.hub.family_proposals import propose
    from warehouse.seeds.family_roots import COLUMNS

    return of_proposals(
        [
            Proposal("family.csv", {name: one.row[name] for name in COLUMNS}, one.reason, one.row["root"])
            for one in propose(connection)
        ]
    )
