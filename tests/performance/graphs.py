"""Made-up graphs of models in the Hub's shape: a few enormous families, most models childless, and all that is odd."""

import re
from dataclasses import asdict, dataclass
from datetime import date

import duckdb

WEEK = date(2026, 11, 16)
WEEK_BEFORE = date(2026, 11, 9)


@dataclass(frozen=True)
class Shape:
    """How many models there are, and how many of them are what.

    `children` name one parent each; `several` of them name a second one, and `former` another one in an earlier week.
    `self_loops` name themselves, and `cycles` parents name their child. One model in `gone_in` is gone.
    """

    models: int
    children: int
    several: int = 0
    former: int = 0
    self_loops: int = 0
    cycles: int = 0
    gone_in: int = 50


def shape_of_the_hub(models: int, edges: int) -> Shape:
    """Return the shape of the Hub with `edges` standing edges, odd ones included."""
    several, self_loops, cycles = edges // 27, edges // 6000, edges // 4100
    return Shape(models, edges - several - self_loops - cycles, several, edges // 50, self_loops, cycles)


# Each generation is half as large as the one before it, and no chain is longer than this.
GENERATIONS = 14
# For so many children one model without a parent may be the first of a family; the rest of those stand alone.
CHILDREN_OF_A_FAMILY = 6

# Numbers between 0 and 1 that are the same in every run.
_CHANCE = (
    "create or replace temp macro chance(number, draw) as hash(number::bigint * 16 + draw) / 18446744073709551616.0"
)

_MODELS = """
    insert into core.model by name
    select
        n::integer as model_key, left(md5(n::varchar), 24) as hub_id, 'owner/' || n as id, timestamptz '2024-01-01' as created_at,
        $before as name_since, $before as first_seen,
        if(n % $gone_in = 7, $before, $week) as last_seen,
        if(n % $gone_in = 7, $week, null) as removed_in
    from range(1, $models + 1) as t(n)
"""

_TREE = """
    create or replace temp table tree as
    with placed as (
        select
            *, row_number() over (partition by generation order by chance(model_key, 1), model_key) - 1 as place
        from (
            select
                n::integer as model_key,
                if(n > $children, 0, least(1 + floor(-log2(1 - chance(n, 2))), $generations))::integer as generation
            from range(1, $models + 1) as t(n)
        )
    ),
    generation as (
        select generation, if(generation = 0, least(count(*), $families), count(*)) as parents from placed group by generation
    )
    -- Children fall to parents by Zipf's law: to the n-th of a generation in proportion to 1 / n, or nearly so.
    select child.model_key as child_key, parent.model_key as parent_key, child.generation
    from (
        select model_key, placed.generation, floor(((1 + 2 * parents) ** chance(model_key, 3) - 1) / 2) as place
        from placed join generation as above on above.generation = placed.generation - 1
    ) as child
    join placed as parent on parent.generation = child.generation - 1 and parent.place = child.place
"""

# The odd ones are drawn by chance among those that a condition leaves; a parent may be named by two relations.
_EDGES = """
    insert into base.model_edge by name
    with ranked as (select *, row_number() over (order by chance(child_key, 4), child_key) as number from tree),
    another as (
        -- The parent of another model of the same generation, so that no cycle comes of it by chance.
        select child_key, lead(parent_key, 7) over (partition by generation order by number) as parent_key, number
        from ranked
    ),
    named as (
        select child_key, parent_key, 'finetune' as relation, number, true as is_standing from ranked
        union all
        select child_key, parent_key, 'merge', number, true
        from (from another where parent_key is not null order by number limit $several)
        union all
        select child_key, parent_key, 'adapter', number, false
        from (from another where parent_key is not null order by number desc limit $former)
        union all
        select n, n, 'merge', n, true from range(1, $self_loops + 1) as t(n)
        union all
        select parent_key, child_key, 'merge', number, true
        from (
            from ranked
            qualify row_number() over (partition by parent_key order by number desc) = 1
            order by chance(parent_key, 5), parent_key limit $cycles
        )
    )
    select
        child_key, parent_key, relation, 'base_models' as told_by, $before - 7 as first_seen,
        if(is_standing, model.last_seen, $before - 7) as last_seen
    from named join core.model as model on model.model_key = named.child_key
    order by all
"""


def draw(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Fill core.model and base.model_edge with a graph of this shape, always the same; both must be empty."""
    values = {
        **asdict(shape),
        "week": WEEK,
        "before": WEEK_BEFORE,
        # Of a small graph the last generations would be empty, and their children without a parent.
        "generations": max(1, min(GENERATIONS, shape.children.bit_length() - 4)),
        "families": max(1, shape.children // CHILDREN_OF_A_FAMILY),
    }
    connection.execute(_CHANCE)
    for statement in (_MODELS, _TREE, _EDGES):
        names = set(re.findall(r"\$(\w+)", statement))
        connection.execute(statement, {name: values[name] for name in names})
    connection.execute("drop table tree")
