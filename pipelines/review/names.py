"""Names of open models in the sources that match no repository: up to three proposals for each, the likeliest first."""

from typing import TYPE_CHECKING

from pipelines.review.proposals import Proposal, Waiting

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings

FILE = "lists/model_name.csv"


def find(connection: "duckdb.DuckDBPyConnection", settings: "Settings", system: str | None = None) -> Waiting:
    """Return the proposals of core.match_proposal that are not certain, and how many names match nothing."""
    found = connection.execute(
        """
        select system, name, id, score, reason
        from core.match_proposal
        where not is_certain and coalesce(system = $system, true)
        order by system, name, score desc, id
        """,
        {"system": system},
    ).fetchall()
    proposals = [
        Proposal(
            FILE,
            {
                "system": its_system,
                "name": name,
                "id": repository,
                "evidence": f"proposed ({score:.2f}): {reason}: https://huggingface.co/{repository}",
            },
            f"{its_system} has an open model {name}. {repository}: {reason}",
            f"{its_system} {name}",
        )
        for its_system, name, repository, score, reason in found
    ]
    names = {(its_system, name) for its_system, name, *_ in found}
    unmatched = connection.execute(
        "select system, name from core.unmatched_name where kind = 'model' and coalesce(system = $system, true)",
        {"system": system},
    ).fetchall()
    others = len({*unmatched} - names)
    return Waiting(
        proposals, len(names) + others, f"{others} names have no similar repository of their maker" if others else ""
    )
