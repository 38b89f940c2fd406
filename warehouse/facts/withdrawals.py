"""What a collection no longer states: rows, entries of a list, and cells. Half a file looks like that."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.facts.observations import Observation
from warehouse.tables.core import OBSERVATION
from warehouse.tables.table import Table

# A list that loses more than a tenth of its rows, and at least three, is suspicious.
_SUSPICIOUS_SHARE = 0.1
_SUSPICIOUS_ROWS = 3
_NAMED = 10


@dataclass(frozen=True)
class Withdrawal:
    """What a collection withdrew from a table, such as its rows: how many, of how many, and the keys of up to ten."""

    table: str
    rows: int
    of: int
    keys: tuple[str, ...]
    what: str = "rows"

    @property
    def is_suspicious(self) -> bool:
        """Whether the list lost more than a tenth of its rows, and at least three."""
        return self.rows >= _SUSPICIOUS_ROWS and self.rows > _SUSPICIOUS_SHARE * self.of

    def __str__(self) -> str:
        more = ", ..." if self.rows > len(self.keys) else ""
        return f"{self.rows:,} of {self.of:,} {self.what} of {self.table}: {', '.join(self.keys)}{more}"


def withdrawn_at(connection: duckdb.DuckDBPyConnection, table: Table, source: str, now: datetime) -> Withdrawal:
    """Return what `record_versions` withdrew at `now`; a transaction that is not committed can still be rolled back."""
    gone = connection.execute(
        f"""
        select {_name(table)} as name
        from {table.name} where source = $source and recorded_at = $now and is_withdrawn order by name
        """,
        {"source": source, "now": now},
    ).fetchall()
    if not gone:
        return Withdrawal(table.name, 0, 0, ())
    ((of,),) = connection.execute(f"select count(*) from ({_before(table)})", {"source": source, "now": now}).fetchall()
    return Withdrawal(table.name, len(gone), of, tuple(name for (name,) in gone[:_NAMED]))


def halved_at(
    connection: duckdb.DuckDBPyConnection, table: Table, column: str, source: str, now: datetime
) -> list[Withdrawal]:
    """Return the values of a column of which less than half of the rows are left at `now`, but some, and three are gone."""
    values = connection.execute(
        f"""
        with
            stated as (select {column} as item, count(*) as rows from ({_before(table)}) group by all),
            there as (select {column} as item, count(*) as rows from ({_before(table, "<=")}) group by all)
        select item, stated.rows - there.rows, stated.rows
        from stated join there using (item)
        where 2 * there.rows < stated.rows and stated.rows - there.rows >= {_SUSPICIOUS_ROWS}
        order by item
        """,
        {"source": source, "now": now},
    ).fetchall()
    return [Withdrawal(table.name, gone, of, (item,), f"rows of {item}") for item, gone, of in values]


def take_back(
    connection: duckdb.DuckDBPyConnection, table: Table, column: str, value: str, source: str, now: datetime
) -> int:
    """Delete what `record_versions` recorded at `now` for a value of a column, so that its earlier rows stand; return how much.

    Only in the transaction that recorded it: what is committed is never deleted.
    """
    (deleted,) = connection.execute(
        f"delete from {table.name} where source = $source and recorded_at = $now and {column} = $value",
        {"source": source, "now": now, "value": value},
    ).fetchall()
    return int(deleted[0])


def emptied_at(connection: duckdb.DuckDBPyConnection, table: Table, source: str, now: datetime) -> list[Withdrawal]:
    """Return the columns of which `record_versions` recorded NULL at `now` where there was a value before."""
    places = _places(table)
    columns = [name for name in table.columns if name not in (*places, "source", "recorded_at", "is_withdrawn")]
    there = " and ".join(f"emptied.{name} is not distinct from stated.{name}" for name in places)
    both = f"""
        from ({_before(table)}) as stated left join (
            from {table.name} where source = $source and recorded_at = $now and not is_withdrawn
        ) as emptied on {there}
    """
    lost = {
        name: f"emptied.{places[0]} is not null and emptied.{name} is null and stated.{name} is not null"
        for name in columns
    }
    at = {"source": source, "now": now}
    counts = ", ".join(f"count(*) filter ({lost[name]}), count(stated.{name})" for name in columns)
    (found,) = connection.execute(f"select {counts} {both}", at).fetchall()
    emptied: list[Withdrawal] = []
    for name, rows, of in zip(columns, found[::2], found[1::2], strict=True):
        if rows:  # seldom: the keys of all columns took longer than the counts
            keys = connection.execute(
                f"select {_name(table, 'stated')} {both} where {lost[name]} limit {_NAMED}", at
            ).fetchall()
            emptied.append(Withdrawal(table.name, rows, of, tuple(key for (key,) in keys), f"values of {name}"))
    return emptied


def left_the_list(
    connection: duckdb.DuckDBPyConnection, observations: Sequence[Observation], listed: Collection[str] = ()
) -> Withdrawal:
    """Return the entities that the last collection of a list had and this one lacks; `listed` are others that it has."""
    there = {one.entity for one in observations} | set(listed)
    week = max((one.period_start for one in observations), default=None)
    before = (
        connection.execute(
            """
        select distinct entity from core.observation_latest
        where source = $source and value is not null and period_start = (
            select max(period_start) from core.observation_latest where source = $source and period_start <= $week
        )
        order by entity
        """,
            {"source": observations[0].source, "week": week},
        ).fetchall()
        if observations
        else []
    )
    gone = [entity for (entity,) in before if entity not in there]
    return Withdrawal(OBSERVATION.name, len(gone), len(before), tuple(gone[:_NAMED]), "entries")


def _places(table: Table) -> list[str]:
    return [name for name in table.key if name not in ("source", "recorded_at")]


def _name(table: Table, alias: str = "") -> str:
    dot = f"{alias}." if alias else ""
    return f"concat_ws('/', {', '.join(f'{dot}{name}::varchar' for name in _places(table))})"


def _before(table: Table, up_to: str = "<") -> str:
    """Return the SELECT of the rows that a source stated before `now`; with `up_to` "<=", of those that it states then."""
    return f"""
        from (
            from {table.name} where source = $source and recorded_at {up_to} $now
            qualify row_number() over (partition by {", ".join(_places(table))} order by recorded_at desc) = 1
        ) where not is_withdrawn
    """
