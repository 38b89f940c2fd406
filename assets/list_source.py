"""Sources that are asked about one listed thing at a time: what is absent is told, and the others are recorded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from assets.http.errors import AbsentError
from assets.source_asset import Asking, Collected
from warehouse.facts.observations import Observation

T = TypeVar("T")


def collect_each(listed: Iterable[T], ask: Callable[[T], Sequence[Observation]]) -> Collected:
    """Ask for each listed thing; those that are absent are named in the figures as not recorded.

    Raises:
        SourceError: an answer does not fit, or not one of the listed things is there.
    """
    observations: list[Observation] = []
    missing: list[AbsentError] = []
    for one in listed:
        try:
            observations += ask(one)
        except AbsentError as error:
            missing.append(error)
    if missing and not observations:
        raise missing[0]
    return Collected(observations, figures=not_recorded([error.reason for error in missing]))


def not_recorded(reasons: Sequence[str]) -> Mapping[str, str]:
    """Give the figure that names what was asked for and has none."""
    return {"not recorded": " ".join(reasons)} if reasons else {}


def reading(
    asking: Asking,
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
        period_start=asking.week,
        date_precision="week",
        observed_at=asking.now,
        value=float(value),
        qualifier=qualifier,
        unit=unit,
        basis="measured",
        source=asking.source,
        evidence_url=asking.answers.landed[-1].url,
        attributes=attributes or {},
    )
