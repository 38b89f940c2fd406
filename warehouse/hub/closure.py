"""Transitive closure of the lineage: every ancestor and every root of every model, from the current edges.

Most models are leaves with one parent (`is_twig`): their ancestors are the parent, and the parent's ancestors at depth + 1.
Only the other edges (`branch`) are traversed, breadth first from all models at once; a pair that was reached before is
not followed again, which terminates cycles and counts a diamond once. The two SELECTs in `warehouse/sql/core/lineage_*.sql`
then add the leaves.
"""

from dataclasses import dataclass

import duckdb

from warehouse.database.derive import CheckError, derive
from warehouse.tables.lineage import BASE_MODEL_ANCESTOR, BASE_MODEL_FAMILY

# Real lineage has about 4 million pairs for 3 million models. A single chain, which a script can create, has 50 million
# pairs at 10,000 steps.
MOST_PAIRS = 50_000_000


class LineageTooLargeError(RuntimeError):
    """The lineage has more pairs than models with real parents can have."""


@dataclass(frozen=True)
class Closure:
    """Size of the closure.

    `pairs` of a model and an ancestor; `longest_chain`, the largest of their shortest distances in steps; `cycles`, groups
    of models that are ancestors of each other, with `models_in_cycles`; `roots`, models without ancestors that others
    descend from, and one for each cycle without an ancestor outside.
    """

    pairs: int
    longest_chain: int
    cycles: int
    models_in_cycles: int
    roots: int


_CURRENT_EDGES = """
    select child_key, parent_key
    from base.model_edge as edge
    join core.model as child on child.model_key = edge.child_key
    where edge.last_seen = child.last_seen and child_key <> parent_key
"""

_EDGES = f"""
    create or replace temp table current_edge as {_CURRENT_EDGES};
    create or replace temp table parent as select distinct parent_key as model_key from current_edge;
    -- Several relations to the same parent are one edge.
    create or replace temp table childless as
        select child_key as model_key, min(parent_key) as parent_key, min(parent_key) = max(parent_key) as is_twig
        from current_edge anti join parent on parent.model_key = child_key
        group by child_key;
    create or replace temp table branch as
        select distinct child_key as model_key, parent_key
        from current_edge
        semi join (from parent union all select model_key from childless where not is_twig) as branching
            on branching.model_key = child_key;
    drop table current_edge;
    create or replace temp table reached as
        select model_key, parent_key as ancestor_key, 1::smallint as depth from branch;
    create or replace temp table newest as from reached;
"""

# The inner semi join reduces `reached` to possible duplicates, so that the hash table is built from few rows.
_STEP = """
    create or replace temp table next as
        select distinct newest.model_key, branch.parent_key as ancestor_key, (depth + 1)::smallint as depth
        from newest join branch on branch.model_key = newest.ancestor_key;
    create or replace temp table newest as
        from next
        anti join (
            select model_key, ancestor_key from reached semi join next using (model_key, ancestor_key)
        ) using (model_key, ancestor_key);
    insert into reached from newest;
"""

# A model that reaches itself is in a cycle, with all models that it reaches and that reach it.
_ROOTS = """
    create or replace temp table cycle as
        with looped as materialized (
            select model_key, hub_id from reached join core.model using (model_key) where model_key = ancestor_key
        ),
        inside as materialized (
            select reached.model_key, reached.ancestor_key, mate.hub_id
            from reached
            join looped using (model_key)
            join looped as mate on mate.model_key = reached.ancestor_key
        )
        select there.model_key, arg_min(there.ancestor_key, there.hub_id) as first_key
        from inside as there
        join inside as back on back.model_key = there.ancestor_key and back.ancestor_key = there.model_key
        group by there.model_key;
    create or replace temp table root as
        select model_key, row_number() over (order by hub_id) as age
        from core.model
        semi join (
            from parent anti join branch using (model_key)
            union all
            select first.model_key
            from cycle as first
            join reached on reached.model_key = first.first_key
            left join cycle as mate on mate.model_key = reached.ancestor_key and mate.first_key = first.first_key
            where first.model_key = first.first_key
            group by first.model_key having count(*) = count(mate.model_key)
        ) using (model_key);
    create or replace temp table branch_root as
        select
            reached.model_key,
            ancestor_key as root_key,
            if(reached.model_key = ancestor_key, 0, depth)::smallint as depth,
            row_number() over (
                partition by reached.model_key order by if(reached.model_key = ancestor_key, 0, depth), age
            ) = 1 as is_primary
        from reached join root on root.model_key = ancestor_key
"""

# Number of rows and largest depth of base.model_ancestor, before it is built.
_SIZE = """
    with above as (
        select model_key, count(*) as pairs, max(depth) as height
        from reached where model_key <> ancestor_key group by model_key
    ),
    size as (
        select pairs, height from above
        union all
        select coalesce(pairs, 0) + 1, coalesce(height, 0) + 1
        from childless left join above on above.model_key = parent_key
        where is_twig
    )
    select coalesce(sum(pairs), 0)::bigint, coalesce(max(height), 0) from size
"""

_TEMPORARY = ("parent", "childless", "branch", "reached", "newest", "next", "cycle", "root", "branch_root")


def close(connection: duckdb.DuckDBPyConnection) -> Closure:
    """Rebuild base.model_ancestor and base.model_family from the current edges, in the caller's transaction.

    An edge is current if its child stated it when it was last seen. Removed models are included, so that their descendants
    keep their ancestors.

    Raises:
        LineageTooLargeError: more than `MOST_PAIRS` pairs.
        CheckError: a declared check fails. In either case the caller must roll back.
    """
    pairs, longest_chain = traverse(connection)
    connection.execute(_ROOTS)
    cycles, models_in_cycles, roots = connection.execute(
        "select count(distinct first_key), count(*), (select count(*) from root) from cycle"
    ).fetchall()[0]
    for table in (BASE_MODEL_ANCESTOR, BASE_MODEL_FAMILY):
        derive(connection, table)
    for name in _TEMPORARY:
        connection.execute(f"drop table if exists {name}")
    return Closure(pairs, longest_chain, cycles, models_in_cycles, roots)


def traverse(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Find all pairs for `BASE_MODEL_ANCESTOR.select`; return their number and the largest depth.

    Raises:
        LineageTooLargeError: see `close`.
    """
    connection.execute(_EDGES)
    depth, pairs = 1, 0
    while added := connection.execute("select count(*) from newest").fetchall()[0][0]:
        pairs += added
        _check_size(pairs, depth)
        connection.execute(_STEP)
        depth += 1
    pairs, longest_chain = connection.execute(_SIZE).fetchall()[0]
    _check_size(pairs, longest_chain)
    return pairs, longest_chain


def _check_size(pairs: int, longest_chain: int) -> None:
    if pairs > MOST_PAIRS:
        raise LineageTooLargeError(
            f"base.model_edge has {pairs:,} pairs of a model and an ancestor and a chain of {longest_chain:,} steps so far; "
            f"more than {MOST_PAIRS:,} pairs are rejected. "
            "Kept: the edges, and base.model_ancestor and base.model_family as they were before. "
            "To do: look in core.model_edge for a large cycle or a scripted chain that is new this week; if it is "
            "real, raise the limit in warehouse/hub/closure.py."
        )


def compare_with_edges(connection: duckdb.DuckDBPyConnection) -> None:
    """Check all pairs against the current edges, independently of the traversal.

    Each pair must be an edge, or one edge plus a pair of the parent, with the smallest such depth. Only the closure
    satisfies this, because every pair depends on a shorter one, down to an edge.

    Raises:
        CheckError: names a pair that is missing, superfluous or at another depth.
    """
    wrong = connection.execute(
        f"""
        with current_edge as (select distinct * from ({_CURRENT_EDGES})),
        stated as (
            select child_key as model_key, parent_key as ancestor_key, 1 as depth from current_edge
            union all
            select child_key, ancestor_key, depth + 1
            from current_edge join base.model_ancestor as pair on pair.model_key = parent_key
            where child_key <> ancestor_key
        ),
        shortest as (select model_key, ancestor_key, min(depth) as depth from stated group by all)
        select model_key, ancestor_key, pair.depth, shortest.depth
        from base.model_ancestor as pair full join shortest using (model_key, ancestor_key)
        where pair.depth is distinct from shortest.depth
        limit 1
        """
    ).fetchall()
    if wrong:
        model, ancestor, stored, expected = wrong[0]
        raise CheckError(
            f"{BASE_MODEL_ANCESTOR.name}: 'the closure agrees with the edges' does not hold for (model_key, ancestor_key) = "
            f"({model}, {ancestor}): its depth is {stored}, by the edges {expected}"
        )
