"""Weekly totals of lineage: how many models have a known parent, and which statements cannot be resolved."""

from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.database.derive import check
from warehouse.tables.lineage import LINEAGE_WEEK


@dataclass(frozen=True)
class LineageOfWeek:
    """Models on the Hub, those with a known parent, their share in percent, and the unresolved statements."""

    models: int
    models_with_parent: int
    coverage_pct: float | None
    unresolved: int


NOTHING = LineageOfWeek(0, 0, None, 0)


def sum_up_week(connection: duckdb.DuckDBPyConnection, week: date) -> LineageOfWeek:
    """Total the lineage of the newest week in core.lineage_week, replacing earlier totals of the same week.

    Raises:
        CheckError: a declared check fails.
    """
    connection.execute("delete from core.lineage_week where week = ?", [week])
    # Models that are ancestors of each other, with the first of each group; the closure is transitive, so groups are disjoint.
    connection.execute(
        """
        create or replace temp table in_cycle as
        select pair.model_key, least(pair.model_key, min(pair.ancestor_key)) as first_of_cycle
        from base.model_ancestor as pair
        semi join base.model_ancestor as back
            on back.model_key = pair.ancestor_key and back.ancestor_key = pair.model_key
        group by pair.model_key
        """
    )
    connection.execute(
        """
        insert into core.lineage_week by name
        with current_edge as (
            select edge.*, parent.last_seen < $week as is_to_removed
            from base.model_edge as edge
            join core.model as child on child.model_key = edge.child_key and child.last_seen = edge.last_seen
            join core.model as parent on parent.model_key = edge.parent_key
            where edge.last_seen = $week
        ),
        edges as (
            select
                count(*) as edges,
                count(*) filter (told_by = 'base_models') as edges_by_base_models,
                count(*) filter (told_by = 'tag') as edges_by_tag,
                count(*) filter (told_by = 'card') as edges_by_card,
                count(*) filter (is_to_removed) as edges_to_removed
            from current_edge
        ),
        children as (
            select count(*) as models_with_parent, count(*) filter (parents > 1) as models_with_several_parents
            from (select count(distinct parent_key) as parents from current_edge group by child_key)
        ),
        unresolved as (
            select
                count(distinct child) filter (reason = 'self_reference') as self_references,
                count(*) filter (reason = 'never_seen') as never_seen,
                count(*) filter (reason = 'ambiguous') as ambiguous,
                count(*) filter (reason = 'not_a_name') as not_a_name
            from core.unresolved_parent
            where last_seen = $week
        ),
        cycles as (
            select count(distinct first_of_cycle) as cycles, count(*) as models_in_cycles from in_cycle
        ),
        ancestry as (
            select coalesce(max(depth), 0) as longest_chain, count(*) as ancestor_pairs from base.model_ancestor
        ),
        roots as (
            select count(*) as roots
            from (select distinct ancestor_key from base.model_ancestor)
            where ancestor_key not in (select model_key from base.model_ancestor)
        ),
        walk as (select count(*) as models from base.model_week where week = $week)
        select
            $week as week, walk.*, children.*, 100.0 * models_with_parent / nullif(models, 0) as coverage_pct, edges.*,
            reading.models_naming_a_base, reading.edges_through_former_name, reading.models_reparented,
            unresolved.*, cycles.*, ancestry.*, roots.*
        from walk, children, edges, unresolved, cycles, ancestry, roots
        left join core.lineage_reading as reading on reading.week = $week
        """,
        {"week": week},
    )
    check(connection, LINEAGE_WEEK, where=f"week = '{week}'")
    counts = connection.execute(
        """
        select models, models_with_parent, coverage_pct, never_seen + ambiguous + not_a_name
        from core.lineage_week where week = ?
        """,
        [week],
    ).fetchall()
    return LineageOfWeek(*counts[0])
