"""The closure of the lineage: Tidegauge beside a recursive CTE, networkx and rustworkx, on one graph in the shape of the Hub.

Each reads the same database file. The first entry is what the refresh does, on disk: pairs with depth, cycles, roots, all
counts, written and checked; `every pair against the edges` is its proof beside. `the pairs alone` stops where the CTE does:
at the pairs, in memory, though with depth. networkx finds depth, cycles and roots too and keeps none of them; rustworkx and
the CTE find the pairs without. All must find the same pairs: their number, and the sum of the products of their keys.
figures: `edges`; `database_bytes`, before.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import networkx as nx

from tests.performance.comparing import Contender, Terms, compare
from tests.performance.graphs import WEEK, draw, shape_of_the_hub
from tests.performance.measuring import Found, Meter, watched_writing
from tests.performance.result_files import LINEAGE, OURS, PROOF, Results
from warehouse.database import schema
from warehouse.database.connection import reading, writing
from warehouse.hub.closure import close, compare_with_edges, traverse
from warehouse.tables.lineage import BASE_MODEL_ANCESTOR

# On the Hub five models in eight name another one.
EDGES_PER_MODEL = 5 / 8

CONTENDERS = (
    Contender(OURS, "tests.performance.lineage:build"),
    Contender(PROOF, "tests.performance.lineage:proof"),
    Contender(f"{OURS}: the pairs alone", "tests.performance.lineage:pairs"),
    Contender("plain recursive CTE", "tests.performance.lineage:cte"),
    Contender("networkx", "tests.performance.lineage:networkx"),
    Contender("rustworkx", "tests.performance.lineage:rustworkx", needs="rustworkx"),
)

# What a user would read the edges with: each once, those that stand, without self references.
EDGES = """
    select distinct child_key, parent_key
    from base.model_edge as edge join core.model as child on child.model_key = edge.child_key
    where edge.last_seen = child.last_seen and child_key <> parent_key
"""


def measure(results: Results, terms: Terms, models: int) -> None:
    """Measure every method on a graph of so many models."""
    edges = round(models * EDGES_PER_MODEL)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.duckdb"
        with writing(file) as connection:
            schema.prepare(connection, datetime(WEEK.year, WEEK.month, WEEK.day, tzinfo=UTC))
            draw(connection, shape_of_the_hub(models, edges))
        compare(results, terms, LINEAGE, models, CONTENDERS, file=file, edges=edges)


def build(meter: Meter, *, file: str, models: int, edges: int) -> Found:
    """Close the lineage as the weekly refresh does, written and checked."""
    size = Path(file).stat().st_size
    with watched_writing(meter, Path(file)) as connection:
        close(connection)
    meter.stop()
    with reading(Path(file)) as connection:
        return _found(connection, BASE_MODEL_ANCESTOR.name, edges, size)


def proof(meter: Meter, *, file: str, models: int, edges: int) -> Found:
    """Compare the pairs that `build` left with the edges."""
    size = Path(file).stat().st_size
    with watched_writing(meter, Path(file)) as connection:
        compare_with_edges(connection)
        meter.stop()
        return _found(connection, BASE_MODEL_ANCESTOR.name, edges, size)


def pairs(meter: Meter, *, file: str, models: int, edges: int) -> Found:
    """Find the pairs only, with their depth."""
    with writing(Path(file)) as connection:
        watched = meter.by_statement(connection)
        traverse(watched)
        watched.execute(f"create temp table pair as {BASE_MODEL_ANCESTOR.select}")
        meter.stop()
        return _found(connection, "pair", edges, Path(file).stat().st_size)


def cte(meter: Meter, *, file: str, models: int, edges: int) -> Found:
    """Find the pairs by the recursive CTE that one would write; it cannot give their depth, and pairs a model with itself."""
    with writing(Path(file)) as connection:
        connection.execute(
            f"""
            create temp table pair as
            with recursive edge as materialized ({EDGES}),
            pair(model_key, ancestor_key) as (
                from edge union select model_key, parent_key from pair join edge on child_key = ancestor_key
            )
            from pair where model_key <> ancestor_key
            """
        )
        meter.stop()
        return _found(connection, "pair", edges, Path(file).stat().st_size)


def networkx(meter: Meter, *, file: str, models: int, edges: int) -> Found:
    """Find pairs with depth, cycles and roots with networkx, and keep none of them."""
    with reading(Path(file)) as connection:
        graph = nx.DiGraph(connection.execute(EDGES).fetchall())
    roots: set[int] = set()
    for group in nx.strongly_connected_components(graph):
        if not any(parent not in group for model in group for parent in graph[model]):
            roots.add(min(group))
    number = products = 0
    for model in graph:
        depths = nx.single_source_shortest_path_length(graph, model)
        number += len(depths) - 1
        products += model * (sum(depths) - model)
        min(((depth, root) for root, depth in depths.items() if root in roots), default=None)
    meter.stop()
    return Found(number, [number, products], {"edges": edges, "database_bytes": Path(file).stat().st_size})


def rustworkx(meter: Meter, *, file: str, models: int, edges: int) -> Found:
    """Find the pairs with rustworkx, and keep none of them; a node has the number of its model."""
    import rustworkx as rx

    with reading(Path(file)) as connection:
        found = connection.execute(EDGES).fetchall()
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(models + 1))
    graph.add_edges_from_no_data(found)
    number = products = 0
    for model in {child for child, _ in found}:
        ancestors = rx.descendants(graph, model)
        number += len(ancestors)
        products += model * sum(ancestors)
    meter.stop()
    return Found(number, [number, products], {"edges": edges, "database_bytes": Path(file).stat().st_size})


def _found(connection: duckdb.DuckDBPyConnection, table: str, edges: int, size: int) -> Found:
    number, products = connection.execute(
        f"select count(*), sum(model_key::hugeint * ancestor_key)::varchar from {table}"
    ).fetchall()[0]
    return Found(number, [number, int(products)], {"edges": edges, "database_bytes": size})
