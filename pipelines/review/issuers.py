"""Companies without a pinned issuer at the SEC, and the issuers that EDGAR has under a name."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelines.review.proposals import Proposal, Waiting

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings

FILE = "lists/sec_issuer.csv"
MOST_NAMES = 20


def find(connection: "duckdb.DuckDBPyConnection", settings: "Settings") -> Waiting:
    """Return how many companies with a funding round have no pinned issuer. EDGAR is searched on request only."""
    names = without_issuer(connection, settings)
    return Waiting(
        [], len(names), f"to search EDGAR: tidegauge review issuers ({', '.join(names[:5])}...)" if names else ""
    )


def without_issuer(connection: "duckdb.DuckDBPyConnection", settings: "Settings") -> list[str]:
    """Return the companies with a funding round and without a pinned issuer, the one with most money first."""
    from warehouse.seeds.lists import sec_issuers

    pinned = set(sec_issuers(settings.sec_issuers).values())
    companies = connection.execute(
        "select company from core.funding_round group by company order by max(amount_usd) desc nulls last, company"
    ).fetchall()
    return [company for (company,) in companies if company not in pinned]


def search(settings: "Settings", names: Sequence[str], quarters: int, say: Callable[[str], None]) -> Waiting:
    """Return the issuers that EDGAR's last complete quarters have under these names; `say` reports progress.

    Raises:
        SourceError: a data set does not arrive, or does not fit; there is no contact.
        ValueError: the list of issuers is wrong.
    """
    from datetime import UTC, datetime

    from assets.funding.issuer_search import quarters_before, search_issuers
    from assets.http.errors import printable
    from warehouse.seeds.lists import other_issuers, sec_issuers

    pinned = sec_issuers(settings.sec_issuers)
    found = search_issuers(
        settings,
        names,
        quarters_before(datetime.now(UTC).date(), quarters),
        other_issuers(),
        lambda quarter: say(f"reading {quarter[0]}q{quarter[1]}"),
    )
    if not found.read:
        return Waiting([], len(names), f"the SEC has no data set of these {quarters} quarters")
    proposals = []
    for name, issuers in found.found.items():
        new = [issuer for issuer in issuers if issuer.cik not in pinned]
        vehicles = [issuer.name for issuer in new if issuer.is_vehicle]
        for issuer in new:
            if issuer.is_vehicle:
                continue
            filed = f"{issuer.jurisdiction or 'no jurisdiction'}, filed in {issuer.newest[0]}q{issuer.newest[1]}"
            row = {
                "cik": f"{issuer.cik}",
                "company": name,
                "legal_name": issuer.name,
                "evidence": f"https://www.sec.gov/cgi-bin/browse-edgar?action=getcompany&CIK={issuer.cik:010d}&type=D",
                "note": f"proposed: {filed}",
            }
            # A company can have several issuers.
            proposals.append(Proposal(FILE, row, f"{name}: {issuer.name}, {filed}", f"{issuer.cik}"))
        say(
            f"{name}: {len(new) - len(vehicles)} proposed, {len(issuers) - len(new)} pinned already, {len(vehicles)} funds or "
            f"vehicles left out{': ' + printable('; '.join(vehicles[:5])) if vehicles else ''}"
        )
    for odd in found.odd[:5]:
        say(f"left out: {odd}")
    return Waiting(proposals, len(proposals), f"{len(found.read)} quarters read, {len(found.odd)} rows left out")
