"""A week of lineage: from what models name as their base to the edges between them, and to the history of each."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from warehouse.database.derive import check
from warehouse.tables.lineage import BASE_MODEL_EDGE, LINEAGE_READING, UNRESOLVED_PARENT

_SQL = Path(__file__).with_suffix(".sql")

# Fewer edges than this share of the week before mean that the answers have changed their form, not that lineage has.
SMALLEST_SHARE_OF_WEEK_BEFORE = 0.9


@dataclass(frozen=True)
class WeekOfEdges:
    """What came of a week's statements: edges that stand, by what tells them, and names that nothing answers to.

    `stated` and `before` are what the check compares: the edges of models that are there, in this week and in the week
    before. `new` and `ended` count pairs of child and parent: another relation between the same two is neither.
    """

    stated: int
    before: int
    by_statement: dict[str, int]
    unresolved: dict[str, int]
    new: int
    ended: int
    through_former_name: int
    models_naming_a_base: int
    models_reparented: int

    @property
    def is_believable(self) -> bool:
        """Whether at most a tenth of the edges is gone; if not, those of the week before were carried on."""
        return self.stated >= SMALLEST_SHARE_OF_WEEK_BEFORE * self.before


NOTHING = WeekOfEdges(0, 0, {}, {}, 0, 0, 0, 0, 0)


def add_week(connection: duckdb.DuckDBPyConnection, week: date) -> WeekOfEdges:
    """Bring a week's statements into the history, replacing an earlier reading of the same week; after `models.add_week`.

    The statements are in the temporary table `incoming_parent`: hub_id of the child, told_by, position, then the parent
    by either named_id or name (both NULL for what cannot be one), named as it stands there, and relation. A statement that
    is made again lengthens its row, one that is made no longer ends it, and one that returns begins a new
    one; the rows of a model that is not there are left as they are, and go on when it returns. If more than a tenth of the
    edges is gone, no statement is taken, and what stood is carried on.

    Raises:
        CheckError: a promise of the tables is broken.
    """
    (week_before,) = connection.execute("select max(week) from base.model_week where week < ?", [week]).fetchall()[0]
    for statement in duckdb.extract_statements(_SQL.read_text(encoding="utf-8")):
        values = {"week": week, "week_before": week_before}
        connection.execute(statement, {name: values[name] for name in statement.named_parameters})
    found = _compared(connection, week_before)
    if not found.is_believable:
        _carry_on(connection)
    _lengthen(connection, week)
    for table in (BASE_MODEL_EDGE, UNRESOLVED_PARENT):
        check(connection, table, where=f"last_seen = '{week}'")
    _note(connection, week, found)
    return found


def _compared(connection: duckdb.DuckDBPyConnection, week_before: date | None) -> WeekOfEdges:
    """Hold a week's statements against what stood before it."""
    counts = connection.execute(
        """
        with
        ended as (
            select child_key, parent_key
            from edge_before
            anti join incoming_edge using (child_key, parent_key)
            where stood
        ),
        begun as (
            select child_key, parent_key
            from incoming_edge
            anti join (from edge_before where stood) using (child_key, parent_key)
        )
        select
            (select count(*) from incoming_edge),
            (select count(*) from edge_before where last_seen = $week_before),
            (select count(*) from begun),
            (select count(*) from ended),
            (
                select count(*)
                from (
                    select child_key, parent_key
                    from answered
                    where reason is null
                    group by child_key, parent_key
                    having bool_and(is_former)
                )
            ),
            (select count(distinct hub_id) from incoming_parent),
            (
                select count(*)
                from (
                    select child_key from ended
                    union
                    select child_key from begun where child_key in (select child_key from edge_before where stood)
                )
            )
        """,
        {"week_before": week_before},
    ).fetchall()[0]
    stated, before, new, ended, former, naming, reparented = counts
    return WeekOfEdges(
        stated=stated,
        before=before,
        by_statement=_counted(connection, "select told_by, count(*) from incoming_edge group by told_by"),
        unresolved=_counted(connection, "select reason, count(*) from incoming_unresolved group by reason"),
        new=new,
        ended=ended,
        through_former_name=former,
        models_naming_a_base=naming,
        models_reparented=reparented,
    )


def _counted(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
    return dict(sorted(connection.execute(query).fetchall()))


def _carry_on(connection: duckdb.DuckDBPyConnection) -> None:
    """Put in the place of a week's statements what the models that are there stated when they were last seen."""
    for before, incoming in (("edge_before", "incoming_edge"), ("unresolved_before", "incoming_unresolved")):
        connection.execute(
            f"create or replace temp table {incoming} as "
            f"select * exclude (first_seen, last_seen, stood) from {before} where stood"
        )


def _lengthen(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    """Lay both tables anew: what stood and is stated again is lengthened to this week, what is new begins in it."""
    for table, before, incoming in (
        (BASE_MODEL_EDGE, "edge_before", "incoming_edge"),
        (UNRESOLVED_PARENT, "unresolved_before", "incoming_unresolved"),
    ):
        same = " and ".join(f"b.{name} is not distinct from i.{name}" for name in table.key if name != "first_seen")
        connection.execute(f"delete from {table.name}")
        connection.execute(
            f"""
            insert into {table.name} by name
            select
                b.* exclude (stood)
                replace (if(i.told_by is null, b.last_seen, $week) as last_seen, coalesce(i.told_by, b.told_by) as told_by)
            from {before} as b
            left join (select *, true as stood from {incoming}) as i on b.stood = i.stood and {same}
            union all
            select i.*, $week as first_seen, $week as last_seen
            from {incoming} as i
            anti join (from {before} where stood) as b on {same}
            """,
            {"week": week},
        )


def _note(connection: duckdb.DuckDBPyConnection, week: date, found: WeekOfEdges) -> None:
    """Write down what only this reading knows; nothing of one that is not believed."""
    connection.execute("delete from core.lineage_reading where week = ?", [week])
    if found.is_believable:
        connection.execute(
            "insert into core.lineage_reading by name select ? as week, ? as models_naming_a_base, "
            "? as edges_through_former_name, ? as models_reparented",
            [week, found.models_naming_a_base, found.through_former_name, found.models_reparented],
        )
    check(connection, LINEAGE_READING)
