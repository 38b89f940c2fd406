"""Sources that are asked about one listed thing at a time: what is absent is told, and the others are recorded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from assets.http.errors import ItemNotFoundError
from assets.source_asset import SourceContext, SourceResult
from warehouse.facts.observations import Observation

T = TypeVar("T")


def collect_items(listed: Iterable[T], ask: Callable[[T], Sequence[Observation]]) -> SourceResult:
    """Ask for each listed thing; those that are absent are named in the figures as not recorded.

    Raises:
        SourceError: an answer does not fit, or not one of the listed things is there.
    """
    observations: list[Observation] = []
    missing: list[ItemNotFoundError] = []
    for one in listed:
        try:
            observations += ask(one)
        except ItemNotFoundError as error:
            missing.append(error)
    if missing and not observations:
        raise missing[0]
    return SourceResult(observations, figures=not_recorded([error.reason for error in missing]))


def not_recorded(reasons: Sequence[str]) -> Mapping[str, str]:
    """Give the figure that names what was asked for and has none."""
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
    """Give a figure of this week as the answer that was landed last says it."""
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
