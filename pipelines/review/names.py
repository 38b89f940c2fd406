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
        """
        select distinct unmatched.system, unmatched.name
        from core.unmatched_name as unmatched
        join core.benchmark_score as score
            on unmatched.name in (score.model, score.model_group)
            and unmatched.system = regexp_replace(score.source, '^sandbox_', '')
        -- The names of the Open LLM Leaderboard are those of repositories: what it has and the Hub has not is gone.
        where unmatched.kind = 'model' and score.openness = 'open' and unmatched.system <> 'open_llm_leaderboard'
            and coalesce(unmatched.system = $system, true)
        """,
        {"system": system},
    ).fetchall()
    others = sorted({*unmatched} - names)
    examples = ", ".join(name for _, name in others[:3])
    return Waiting(
        proposals,
        len(names) + len(others),
        f"{len(others)} have no similar repository of their maker, such as {examples}" if others else "",
    )
