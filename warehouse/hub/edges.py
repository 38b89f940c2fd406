"""Load a week of lineage: resolve the bases that models state to edges, and update the history of each edge."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from warehouse.database.derive import check
from warehouse.tables.lineage import BASE_MODEL_EDGE, LINEAGE_READING, UNRESOLVED_PARENT

_SQL = Path(__file__).with_suffix(".sql")

# A smaller share of the edges of the week before means that the format of the listing has changed.
SMALLEST_SHARE_OF_WEEK_BEFORE = 0.9


@dataclass(frozen=True)
class WeekOfEdges:
    """Result of loading the edges of a week.

    `stated` and `before` are the edges of the models on the Hub in this week and in the week before; the check compares
    them. `by_statement` counts edges by where they are stated, `unresolved` statements by reason. `new` and `ended` count
    pairs of child and parent; a changed relation is neither.
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
    def is_plausible(self) -> bool:
        """Whether at most a tenth of the edges is missing; if not, those of the week before are carried forward."""
        return self.stated >= SMALLEST_SHARE_OF_WEEK_BEFORE * self.before


NOTHING = WeekOfEdges(0, 0, {}, {}, 0, 0, 0, 0, 0)


def add_week(connection: duckdb.DuckDBPyConnection, week: date) -> WeekOfEdges:
    """Load the statements of a week, replacing an earlier load of the same week; call it after `models.add_week`.

    The statements are in the staging table `incoming_parent`. A repeated statement extends its row, one that is no longer
    made ends it, and one that returns begins a new row. The rows of a model that is not on the Hub stay as they are, and
    continue when it returns. If more than a tenth of the edges is missing, no statement is loaded and the edges of the
    week before are carried forward.

    Raises:
        CheckError: a declared check fails.
    """
    (week_before,) = connection.execute("select max(week) from base.model_week where week < ?", [week]).fetchall()[0]
    for statement in duckdb.extract_statements(_SQL.read_text(encoding="utf-8")):
        values = {"week": week, "week_before": week_before}
        connection.execute(statement, {name: values[name] for name in statement.named_parameters})
    found = _compare(connection, week_before)
    if not found.is_plausible:
        _carry_forward(connection)
    _write_intervals(connection, week)
    for table in (BASE_MODEL_EDGE, UNRESOLVED_PARENT):
        check(connection, table, where=f"last_seen = '{week}'")
    _write_reading(connection, week, found)
    return found


def _compare(connection: duckdb.DuckDBPyConnection, week_before: date | None) -> WeekOfEdges:
    """Compare the statements of a week with those before it."""
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
                    from resolved
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
        by_statement=_counts(connection, "select told_by, count(*) from incoming_edge group by told_by"),
        unresolved=_counts(connection, "select reason, count(*) from incoming_unresolved group by reason"),
        new=new,
        ended=ended,
        through_former_name=former,
        models_naming_a_base=naming,
        models_reparented=reparented,
    )


def _counts(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
    return dict(sorted(connection.execute(query).fetchall()))


def _carry_forward(connection: duckdb.DuckDBPyConnection) -> None:
    """Replace the statements of a week by what its models stated when they were last seen."""
    for before, incoming in (("edge_before", "incoming_edge"), ("unresolved_before", "incoming_unresolved")):
        connection.execute(
            f"create or replace temp table {incoming} as "
            f"select * exclude (first_seen, last_seen, stood) from {before} where stood"
        )


def _write_intervals(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    """Rewrite both tables: extend repeated statements to this week, and begin new ones in it."""
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


def _write_reading(connection: duckdb.DuckDBPyConnection, week: date, found: WeekOfEdges) -> None:
    """Store the figures that cannot be derived later; none for a week that was rejected."""
    connection.execute("delete from core.lineage_reading where week = ?", [week])
    if found.is_plausible:
        connection.execute(
            "insert into core.lineage_reading by name select ? as week, ? as models_naming_a_base, "
            "? as edges_through_former_name, ? as models_reparented",
            [week, found.models_naming_a_base, found.through_former_name, found.models_reparented],
        )
    check(connection, LINEAGE_READING)
