"""Collect a source that is requested item by item: report the items that are not found, and record the others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from assets.http.errors import ItemNotFoundError
from assets.source import SourceContext, SourceResult
from warehouse.facts.observations import Observation

T = TypeVar("T")


def collect_items(listed: Iterable[T], collect_item: Callable[[T], Sequence[Observation]]) -> SourceResult:
    """Collect each listed item; the figures of the result name those that were not found.

    Raises:
        SourceError: a response does not fit, or no listed item was found.
    """
    observations: list[Observation] = []
    missing: list[ItemNotFoundError] = []
    for item in listed:
        try:
            observations += collect_item(item)
        except ItemNotFoundError as error:
            missing.append(error)
    if missing and not observations:
        raise missing[0]
    return SourceResult(observations, figures=not_recorded([error.reason for error in missing]))


def not_recorded(reasons: Sequence[str]) -> Mapping[str, str]:
    """Return the figure that lists what was requested and not found; empty without reasons."""
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
