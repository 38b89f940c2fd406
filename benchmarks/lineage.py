"""The closure of the lineage: Tidegauge beside a recursive CTE and networkx, on one graph in the shape of the Hub.

    python -m benchmarks.lineage           # 3,200,000 models, 2,000,000 edges: three minutes, most of them networkx's
    python -m benchmarks.lineage --quick   # a hundredth of it, to see that it runs

Each method reads the same database file and runs in a process of its own; its peak memory is what the kernel counted.
`build` is what the refresh does, on disk: pairs with depth, cycles, roots, all counts, written and checked; `proof` is
the comparison of every pair with the edges. `pairs` stops where the CTE does: at the pairs, in memory, though with depth.
networkx only counts what it finds.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import networkx as nx

from benchmarks.graphs import WEEK, draw, shape_of_the_hub
from warehouse import schema
from warehouse.connection import reading, writing
from warehouse.lineage import close, compare_with_edges, walk
from warehouse.tables.lineage import LINEAGE_ANCESTOR

# What a user would read the edges with: each once, those that stand, without self references.
EDGES = """
    select distinct child_key, parent_key
    from core.lineage_edge as edge join core.model as child on child.model_key = edge.child_key
    where edge.last_seen = child.last_seen and child_key <> parent_key
"""


def build(path: Path) -> int:
    """Close the lineage as the weekly refresh does, written and checked."""
    with writing(path) as connection:
        return close(connection).pairs


def proof(path: Path) -> int:
    """Compare the pairs that `build` left with the edges."""
    with writing(path) as connection:
        compare_with_edges(connection)
        return held(connection, LINEAGE_ANCESTOR.name)


def pairs(path: Path) -> int:
    """Find the pairs only, with their depth."""
    with writing(path) as connection:
        walk(connection)
        connection.execute(f"create temp table pair as {LINEAGE_ANCESTOR.select}")
        return held(connection, "pair")


def cte(path: Path) -> int:
    """Find the pairs by the recursive CTE that one would write; it cannot give their depth, and pairs a model with itself."""
    with writing(path) as connection:
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
        return held(connection, "pair")


def networkx(path: Path) -> int:
    """Find pairs with depth, cycles and roots with networkx, and keep none of them."""
    with reading(path) as connection:
        graph = nx.DiGraph(connection.execute(EDGES).fetchall())
    roots: set[int] = set()
    for group in nx.strongly_connected_components(graph):
        if not any(parent not in group for model in group for parent in graph[model]):
            roots.add(min(group))
    found = 0
    for model in graph:
        depths = nx.single_source_shortest_path_length(graph, model)
        found += len(depths) - 1
        min(((depth, root) for root, depth in depths.items() if root in roots), default=None)
    return found


METHODS: dict[str, Callable[[Path], int]] = {
    "build": build,
    "proof": proof,
    "pairs": pairs,
    "cte": cte,
    "networkx": networkx,
}


def held(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Give the number of rows of a table."""
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def generate(path: Path, models: int, edges: int) -> None:
    """Make the database that all methods read."""
    with writing(path) as connection:
        schema.prepare(connection, datetime(WEEK.year, WEEK.month, WEEK.day, tzinfo=UTC))
        draw(connection, shape_of_the_hub(models, edges))


def in_a_process(*arguments: str) -> str:
    """Run this module again, in a process of its own; give the last line that it printed."""
    command = [sys.executable, "-m", "benchmarks.lineage", *arguments]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return output.splitlines()[-1] if output else ""


def measure(name: str, path: Path) -> None:
    """Be a method, and print what it took."""
    begun = time.perf_counter()
    found = METHODS[name](path)
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_seconds = used.ru_utime + used.ru_stime
    print(
        json.dumps(
            {"pairs": found, "seconds": seconds, "cpu_seconds": cpu_seconds, "peak_gb": used.ru_maxrss * 1024 / 1e9}
        )
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=3_200_000)
    parser.add_argument("--edges", type=int, default=2_000_000)
    parser.add_argument("--quick", action="store_true", help="a hundredth of it")
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--method", choices=["generate", *METHODS], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    models, edges = (n // 100 if arguments.quick else n for n in (arguments.models, arguments.edges))
    if arguments.method == "generate":
        generate(arguments.database, arguments.models, arguments.edges)
    elif arguments.method:
        measure(arguments.method, arguments.database)
    else:
        compare(models, edges)


def compare(models: int, edges: int) -> None:
    """Run every method on one graph, and print a table."""
    print(f"{models:,} models, {edges:,} edges, {os.cpu_count()} cores")
    print(f"{'':<10}{'pairs':>11}{'seconds':>9}{'CPU s':>8}{'peak GB':>9}{'x build':>9}")
    seconds: dict[str, float] = {}
    found: set[int] = set()
    with tempfile.TemporaryDirectory() as folder:
        given = ["--database", str(Path(folder) / "graph.duckdb")]
        in_a_process("--method", "generate", *given, "--models", str(models), "--edges", str(edges))
        for name in METHODS:
            run = json.loads(in_a_process("--method", name, *given))
            seconds[name] = run["seconds"]
            found.add(run["pairs"])
            print(
                f"{name:<10}{run['pairs']:>11,}{run['seconds']:>9.2f}{run['cpu_seconds']:>8.2f}{run['peak_gb']:>9.2f}"
                f"{run['seconds'] / seconds['build']:>9.2f}"
            )
    if len(found) > 1:
        sys.exit(f"the methods do not agree: {found}")
    print(f"the pairs take {seconds['pairs'] / seconds['cte']:.2f} of the time of the CTE")
    print(f"the build is {seconds['networkx'] / seconds['build']:.1f} times as fast as networkx")


if __name__ == "__main__":
    main()
