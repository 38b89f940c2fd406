"""A row proposed for a curated list, and a kind of proposals: what `tidegauge review` goes through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings


@dataclass(frozen=True)
class Proposal:
    """A row for a curated file, ready but for the cells that only a person knows, which are empty.

    `file` is below warehouse/seeds. `row` has the evidence in the cell that the list has for it. `reason` says what was seen.
    `replaces` has the cells that identify the row to replace; without it the row is new. `item` names what waits: once a row
    is accepted for it, its other proposals are left out. `evidence` says what a refusal stands on, where that is not the row:
    see `pipelines.review.refusals`. What is due again later cannot be refused.
    """

    file: str
    row: Mapping[str, str]
    reason: str
    item: str
    replaces: Mapping[str, str] = field(default_factory=dict[str, str])
    evidence: str = ""
    can_be_refused: bool = True


@dataclass(frozen=True)
class Waiting:
    """The proposals of a kind, the number of items that wait, with and without a proposal, and what else to say.

    `kept_back` is the number of proposals that a person has refused before.
    """

    proposals: Sequence[Proposal]
    number: int
    remark: str = ""
    kept_back: int = 0


def of_proposals(proposals: Sequence[Proposal]) -> Waiting:
    """Return proposals where every item that waits has one."""
    return Waiting(proposals, len({one.item for one in proposals}))


@dataclass(frozen=True)
class Kind:
    """A kind of items that wait: its command, what they are, and the function that finds them in a release.

    `find` imports what it works with when it is called: `tidegauge review --help` loads no database.
    """

    name: str
    title: str
    find: "Callable[[duckdb.DuckDBPyConnection, Settings], Waiting]"
