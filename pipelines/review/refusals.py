"""Refused proposals: kept with day and reason, and not asked again until what was seen changes."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.review.list_files import path_of, store
from pipelines.review.proposals import Proposal, Waiting

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings

FILE = "lists/refused_proposal.csv"
# Columns with counts and days of the week in which the row was proposed.
_COUNTED = ("note", "evidence")


def refuse(proposal: Proposal, reason: str, settings: "Settings") -> Path:
    """Store that a person refused a proposal today, and return the path of the list.

    Raises:
        RowRefusedError: the reason is empty, or the proposal is refused already; the list is as it was.
        OSError: the list cannot be read or written.
    """
    file, item, evidence = _identity(proposal)
    row = {
        "file": file,
        "item": item,
        "evidence": evidence,
        "reason": reason,
        "refused_on": f"{datetime.now(UTC).date()}",
    }
    return store(Proposal(FILE, row, reason, item), row, settings)


def without_refused(
    find: "Callable[[duckdb.DuckDBPyConnection, Settings], Waiting]",
) -> "Callable[[duckdb.DuckDBPyConnection, Settings], Waiting]":
    """Return a function that finds what `find` finds, without what was refused."""
    return lambda connection, settings: keep_back(find(connection, settings))


def keep_back(found: Waiting) -> Waiting:
    """Return what waits without the proposals that were refused; an item that has no other waits no longer.

    Raises:
        CuratedError: the list of refusals is wrong.
    """
    from warehouse.seeds.lists import refused_proposals

    refused = refused_proposals()
    proposals = [proposal for proposal in found.proposals if _identity(proposal) not in refused]
    settled = {one.item for one in found.proposals} - {one.item for one in proposals}
    return replace(
        found,
        proposals=proposals,
        number=found.number - len(settled),
        kept_back=len(found.proposals) - len(proposals),
    )


def kept_back_line(number: int) -> str:
    """Return a sentence on the proposals that are kept back, and how to see them."""
    are = "refused proposal is" if number == 1 else "refused proposals are"
    return f"{number} {are} kept back: {path_of(FILE)} has the reasons; a row that is removed from it is asked again"


def _identity(proposal: Proposal) -> tuple[str, str, str]:
    """Return the file, the item and the evidence of a proposal.

    Digits in counts and days are written as #: a new week changes nothing, and a count with a further digit is asked again.
    """
    from assets.http.errors import printable

    cells = [
        f"{column}: {re.sub('[0-9]', '#', cell) if column in _COUNTED else cell}"
        for column, cell in proposal.row.items()
        if cell
    ]
    return proposal.file, printable(proposal.item), printable(proposal.evidence or "; ".join(cells))
