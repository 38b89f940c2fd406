"""Names of accounts and repositories: from a repository's index, and back."""

from functools import cache
from typing import Final

from pipelines.sandbox.hub.cohorts import STEMS
from pipelines.sandbox.hub.oddities import Odd
from pipelines.sandbox.hub.roots import ROOTS
from pipelines.sandbox.hub.vocabulary import FIRST_NAMES, LAST_NAMES, ORGANISATIONS
from warehouse.seeds.lists import hub_organisations

_FACTOR: Final = 0x9E3779
_CODES: Final = 1 << 24
_INVERSE: Final = pow(_FACTOR, -1, _CODES)

# One organisation that is listed for its followers has left the Hub.
_LEFT: Final = "bigcode"


@cache
def organisation_names() -> frozenset[str]:
    """Return the organisations: those with models, and those that are listed for their followers."""
    named = (*ORGANISATIONS, *(root.id.split("/")[0] for root in ROOTS), *hub_organisations())
    return frozenset(named) - {_LEFT}


def account_name(account: int) -> str:
    """Return the name of an account; the first ones are organisations."""
    if account < len(ORGANISATIONS):
        return ORGANISATIONS[account]
    rest, first = divmod(account - len(ORGANISATIONS), len(FIRST_NAMES))
    number, last = divmod(rest, len(LAST_NAMES))
    return f"{FIRST_NAMES[first]}-{LAST_NAMES[last]}{number or ''}"


class _Accounts(dict[int, str]):
    def __missing__(self, account: int) -> str:
        name = self[account] = account_name(account)
        return name


class Names:
    """Repository ids of one world: `account/stem-code`, where the code stands for the index."""

    def __init__(self, roots: dict[int, int]) -> None:
        """Take the positions of the named roots by family."""
        self._by_index = {place: ROOTS[family] for family, place in roots.items()}
        self._by_id = {root.id.casefold(): place for place, root in self._by_index.items()}
        formers = {root.former.casefold(): place for place, root in self._by_index.items() if root.former}
        self._by_id.update(formers)
        self._accounts = _Accounts()

    def name(self, index: int, account: int, stem: int, look: int, odd: int, renamed: bool) -> str:
        """Return the id of a repository, after or before its rename."""
        if index in self._by_index:
            root = self._by_index[index]
            return root.id if renamed or root.former is None else root.former
        author = self._accounts[account]
        if odd == Odd.NAME_OF_DIGITS:
            return f"{author}-labs/{index}" if renamed else f"{author}/{index}"
        code = index * _FACTOR % _CODES
        if not renamed:
            return f"{author}/{STEMS[stem]}-{code:06x}"
        if look >> 60 & 1:
            return f"{author}-labs/{STEMS[stem]}-{code:06x}"
        return f"{author}/{STEMS[stem]}-hf-{code:06x}"

    def find(self, repository: str) -> int | None:
        """Return the index that a present or former id would belong to; the caller compares the full names."""
        if (place := self._by_id.get(repository.casefold())) is not None:
            return place
        last = repository.rpartition("/")[2]
        if last.isdecimal() and last.isascii():
            return int(last)
        code = last.rpartition("-")[2]
        if len(code) != 6:
            return None
        try:
            return int(code, 16) * _INVERSE % _CODES
        except ValueError:
            return None
