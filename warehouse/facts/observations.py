"""`core.observation`: the only function that adds figures to it, and their Python form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

import duckdb

from warehouse.database.derive import check
from warehouse.tables.core import OBSERVATION
from warehouse.tables.table import sql_literal

if TYPE_CHECKING:
    import pyarrow as pa

# A counter of this size does not fall to 0, or below a hundredth, from one reading to the next: the service has an outage.
_LARGE = 1000
_LEAST_SHARE = 0.01
_COMPARED = ("value", "low", "high", "qualifier", "unit", "date_precision", "evidence_url", "attributes")


class NoObservationError(ValueError):
    """A source delivered no figures: an empty result is an error."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One figure, with the columns of `core.observation`.

    `recorded_at` is set if the figure became known earlier than now: the publication day of a published figure.
    """

    metric: str
    entity: str
    period_start: date
    unit: str
    basis: str
    source: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    qualifier: str = "exact"
    date_precision: str = "day"
    observed_at: datetime | None = None
    evidence_url: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    recorded_at: datetime | None = None


def record(connection: duckdb.DuckDBPyConnection, observations: Sequence[Observation], now: datetime) -> int:
    """Add figures to the history; return the number of new or changed ones.

    An unchanged figure is not written again. A changed figure is a correction: a new row with `recorded_at` = `now`.

    Raises:
        NoObservationError: there is none.
        CheckError: a figure violates a check, or two figures have the same key.
    """
    if not observations:
        raise NoObservationError(f"{OBSERVATION.name}: no figure to record")
    connection.register("incoming_observations", _as_table(observations))
    same = " and ".join(f"known.{name} is not distinct from incoming.{name}" for name in _COMPARED)
    written = connection.execute(
        f"""
        insert into {OBSERVATION.name} by name
        select incoming.* replace (
            if(known.metric is null, coalesce(incoming.recorded_at, $now), $now) as recorded_at
        )
        from incoming_observations as incoming
        left join core.observation_latest as known using (metric, entity, period_start, basis, source)
        where known.metric is null or not ({same})
        """,
        {"now": now},
    ).fetchall()
    connection.unregister("incoming_observations")
    for source in {o.source for o in observations}:
        check(connection, OBSERVATION, where=f"source = {sql_literal(source)}")
    return int(written[0][0])


def outages(
    connection: duckdb.DuckDBPyConnection, observations: Sequence[Observation]
) -> list[tuple[Observation, float]]:
    """Return the figures below a hundredth of the last reading of their series, if that is 1,000 or more, each with it."""
    stored = _last_readings(connection, observations)
    believed: dict[tuple[str, str, str, str], tuple[date, float]] = {}
    found: list[tuple[Observation, float]] = []
    for place in sorted(range(len(observations)), key=lambda place: observations[place].period_start):
        one = observations[place]
        series = (one.metric, one.entity, one.basis, one.source)
        if one.value is None:
            continue
        last = max((reading for reading in (believed.get(series), stored.get(place)) if reading), default=None)
        if last and last[1] >= _LARGE and one.value < _LEAST_SHARE * last[1]:
            found.append((one, last[1]))
        else:
            believed[series] = (one.period_start, one.value)
    return found


def _last_readings(
    connection: duckdb.DuckDBPyConnection, observations: Sequence[Observation]
) -> dict[int, tuple[date, float]]:
    """Return the newest stored reading of the series of each figure, up to its day, by the place of the figure."""
    if not observations:
        return {}
    connection.register("incoming_observations", _as_table(observations))
    rows = connection.execute(
        """
        with
            incoming as (
                select row_number() over () - 1 as place, metric, entity, basis, source, period_start
                from incoming_observations
            ),
            known as (
                select metric, entity, basis, source, period_start, value from core.observation_latest
                where value is not null and source in (select source from incoming)
            )
        select incoming.place, known.period_start, known.value
        from incoming asof join known
            on incoming.metric = known.metric and incoming.entity = known.entity and incoming.basis = known.basis
                and incoming.source = known.source and incoming.period_start >= known.period_start
        """
    ).fetchall()
    connection.unregister("incoming_observations")
    return {place: (day, value) for place, day, value in rows}


def mistaken(
    connection: duckdb.DuckDBPyConnection, observations: Sequence[Observation], attribute: str
) -> list[tuple[Observation, str]]:
    """Return the figures of another thing of the same name, by a permanent number in `attribute`, each with the last number."""
    rows = connection.execute(
        """
        select metric, entity, attributes[$attribute] from core.observation_latest
        where list_contains($sources, source) and attributes[$attribute] is not null
        qualify row_number() over (partition by metric, entity, source order by period_start desc) = 1
        """,
        {"attribute": attribute, "sources": sorted({one.source for one in observations})},
    ).fetchall()
    numbers = {(metric, entity): number for metric, entity, number in rows}
    return [
        (one, number)
        for one in observations
        if (number := numbers.get((one.metric, one.entity))) not in (None, one.attributes.get(attribute))
    ]


def _as_table(observations: Sequence[Observation]) -> "pa.Table":
    """Return figures as an Arrow table with the columns of `core.observation`."""
    import pyarrow as pa

    schema = pa.schema(
        [
            ("metric", pa.string()),
            ("entity", pa.string()),
            ("period_start", pa.date32()),
            ("date_precision", pa.string()),
            ("observed_at", pa.timestamp("us", "UTC")),
            ("value", pa.float64()),
            ("low", pa.float64()),
            ("high", pa.float64()),
            ("qualifier", pa.string()),
            ("unit", pa.string()),
            ("basis", pa.string()),
            ("source", pa.string()),
            ("evidence_url", pa.string()),
            ("attributes", pa.map_(pa.string(), pa.string())),
            ("recorded_at", pa.timestamp("us", "UTC")),
        ]
    )
    rows = [{**vars(o), "attributes": list(o.attributes.items())} for o in observations]
    return pa.Table.from_pylist(rows, schema=schema)
