"""Collect a source that is requested item by item: set aside the items that cannot be used, and record the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from assets.http.errors import (
    ItemNotFoundError,
    NotConfiguredError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
)
from assets.landing.responses import ResponseStore
from assets.source import SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.facts.set_aside_items import SetAside

T = TypeVar("T")

# A key that is refused: the next item would be refused as well.
_KEY_REFUSED = frozenset({401, 407})
# A single item can be forbidden, or be one too many; if the next one is refused as well, it is the key or the quota.
_REFUSED = frozenset({403, 429})
# Items in a row, after which the service counts as down, or refuses us: refused, without any response, and with an error
# after every retry.
_REFUSED_IN_A_ROW = 2
_SILENT_IN_A_ROW = 2
_ERRORS_IN_A_ROW = 3
_NAMED = 10


class ItemErrors:
    """The errors of a collection that is made item by item: one odd item never costs the others.

    A block below `item` that raises SourceError sets its item aside. An error that is not about the item is raised: a key
    that is missing or refused, a quota that is used up, and a service that is down, as two or three items in a row show.
    """

    def __init__(self, responses: ResponseStore) -> None:
        """Begin with no error; the responses of an item that is set aside are marked as unfit in `responses`."""
        self.set_aside: list[SetAside] = []
        self._responses = responses
        self._errors: list[tuple[str, SourceError]] = []
        self._collected = 0
        self._in_a_row = 0
        self._refused_in_a_row = 0

    @contextmanager
    def item(self, name: str, keeps: Mapping[str, str | int] | None = None) -> Iterator[None]:
        """Set the item aside if the block raises SourceError; `keeps` as in `SetAside`.

        Raises:
            SourceError: the error is one of the service, not of the item.
        """
        first = len(self._responses.stored)
        try:
            yield
        except SourceError as error:
            if isinstance(error, NotConfiguredError) or error.http_status in _KEY_REFUSED:
                raise
            is_refused = error.http_status in _REFUSED
            self._refused_in_a_row = self._refused_in_a_row + 1 if is_refused else 0
            self._in_a_row = self._in_a_row + 1 if isinstance(error, UnreachableError) else 0
            if self._refused_in_a_row >= _REFUSED_IN_A_ROW:
                raise
            if self._in_a_row >= (_SILENT_IN_A_ROW if error.http_status is None else _ERRORS_IN_A_ROW):
                raise
            self._responses.mark_unfit(first)
            self._errors.append((name, error))
            self.set_aside.append(SetAside(name, error.reason.removeprefix(f"{name}: "), keeps))
        else:
            self._in_a_row = self._refused_in_a_row = 0
            self._collected += 1

    def raise_if_too_many(self) -> None:
        """Raise if the odd items are too many to be odd: all of them, or over a third of at least three do not fit.

        An item that does not exist counts only for the first rule.

        Raises:
            SourceError: it names the items.
        """
        listed = self._collected + len(self._errors)
        unfit = [error for _, error in self._errors if not isinstance(error, ItemNotFoundError)]
        if self._errors and (not self._collected or too_many(len(unfit), listed)):
            first = (unfit or [error for _, error in self._errors])[0]
            if listed == 1:
                raise first
            kind = next(
                (
                    kind
                    for kind in (ItemNotFoundError, UnreachableError)
                    if all(isinstance(e, kind) for _, e in self._errors)
                ),
                UnexpectedResponseError,
            )
            raise kind(
                first.source,
                f"{len(self._errors)} of {listed} items cannot be used: {described(self.set_aside)}",
                kept=first.kept,
                remedy=first.remedy,
                status=first.http_status,
            )


def collect_items(
    context: SourceContext,
    listed: Iterable[T],
    collect_item: Callable[[T], Sequence[Observation]],
    named: Callable[[T], str] = str,
) -> SourceResult:
    """Collect each listed item; set aside, by its name, one whose response is an error or does not fit.

    Raises:
        SourceError: the service is down or refuses the key, or too many items cannot be used.
    """
    observations: list[Observation] = []
    errors = ItemErrors(context.responses)
    for item in listed:
        with errors.item(named(item)):
            observations += collect_item(item)
    errors.raise_if_too_many()
    return SourceResult(observations, set_aside=errors.set_aside)


def too_many(odd: int, listed: int) -> bool:
    """Return whether the odd ones of the listed items are too many to be odd: all, or over a third of at least three."""
    return odd > 0 and (odd == listed or (listed >= 3 and 3 * odd > listed))


def described(items: Sequence[SetAside]) -> str:
    """Return the items with their reasons, the first ten of them."""
    more = f" And {len(items) - _NAMED} more." if len(items) > _NAMED else ""
    return " ".join(f"{one.item}: {one.reason}" for one in items[:_NAMED]) + more


def not_recorded(reasons: Sequence[str]) -> Mapping[str, str]:
    """Return the figure that lists what the service does not count; empty without reasons."""
    return {"not recorded": " ".join(reasons)} if reasons else {}


def weekly_observation(
    context: SourceContext,
    metric: str,
    unit: str,
    entity: str,
    value: float,
    *,
    qualifier: str = "exact",
    attributes: Mapping[str, str] | None = None,
) -> Observation:
    """Return an observation of this week, with the address of the last stored response as its evidence."""
    return Observation(
        metric=metric,
        entity=entity,
        period_start=context.week,
        date_precision="week",
        observed_at=context.now,
        value=float(value),
        qualifier=qualifier,
        unit=unit,
        basis="measured",
        source=context.source,
        evidence_url=context.responses.stored[-1].url,
        attributes=attributes or {},
    )
