"""The lineage closure: compared with networkx on graphs of every form, and at the size and shape of the Hub."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouses import warehouse_at

from assets.hub.lineage_assets import lineage_closure
from assets.resources import Warehouse
from assets.settings import Settings
from pipelines.sandbox.hub.world import World
from tests.performance.graphs import Shape, draw, shape_of_the_hub
from warehouse.database.connection import reading, writing
from warehouse.database.derive import CheckError, check
from warehouse.hub import closure as lineage
from warehouse.hub.closure import Closure, LineageTooLargeError, close, compare_with_edges
from warehouse.tables.lineage import BASE_MODEL_ANCESTOR

if TYPE_CHECKING:
    import networkx as nx

NOW = datetime(2026, 11, 16, tzinfo=UTC)
WEEK, WEEK_BEFORE = date(2026, 11, 16), date(2026, 11, 9)
Edge = tuple[int, int]


@pytest.fixture
def connection(tmp_path: Path) -> Iterable[duckdb.DuckDBPyConnection]:
    """Yield an empty warehouse, in a transaction."""
    with writing(warehouse_at(tmp_path / "w.duckdb")) as writer:
        yield writer


def fill(connection: duckdb.DuckDBPyConnection, models: int, edges: Iterable[Edge], gone: Collection[int] = ()) -> None:
    """Insert a graph of models 1 to `models` with current edges; keys and hub_ids are in opposite order."""
    connection.execute("delete from core.model")
    connection.execute("delete from base.model_edge")
    connection.execute(
        """
        insert into core.model by name
        select
            n::integer as model_key, printf('%024x', 10_000_000 - n) as hub_id, 'o/' || n as id, now() as created_at,
            $before as name_since, $before as first_seen,
            if(n in $gone, $before, $week) as last_seen, if(n in $gone, $week, null) as removed_in
        from range(1, $models + 1) as t(n)
        """,
        {"models": models, "week": WEEK, "before": WEEK_BEFORE, "gone": list(gone)},
    )
    children, parents = zip(*edges, strict=True) if edges else ((), ())
    keys = pa.table({"child_key": pa.array(children, pa.int32()), "parent_key": pa.array(parents, pa.int32())})
    connection.register("stated", keys)
    # Every second edge is stated by two relations.
    connection.execute(
        """
        insert into base.model_edge by name
        select distinct child_key, parent_key, relation, 'tag' as told_by, last_seen as first_seen, last_seen
        from stated
        join core.model on model_key = child_key
        join (values ('finetune'), ('merge')) as t(relation) on relation = 'finetune' or (child_key + parent_key) % 2 = 0
        """
    )
    connection.unregister("stated")


def hub_order(model: int) -> int:
    """Return a model's position in the order of the hub_ids that `fill` creates."""
    return -model


def graph_of(models: int, edges: Iterable[Edge]) -> "nx.DiGraph":
    """Return the same graph in networkx, from children to parents."""
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(range(1, models + 1))
    graph.add_edges_from(edge for edge in edges if edge[0] != edge[1])
    return graph


def pairs_by_networkx(graph: "nx.DiGraph") -> set[tuple[int, int, int]]:
    """Return every model, ancestor and shortest distance."""
    import networkx as nx

    return {
        (model, ancestor, depth)
        for model, reached in nx.all_pairs_shortest_path_length(graph)
        for ancestor, depth in reached.items()
        if model != ancestor
    }


def roots_by_networkx(graph: "nx.DiGraph") -> set[tuple[int, int, int, bool]]:
    """Return the roots of every model with an ancestor, from the condensation of the graph."""
    import networkx as nx

    condensed = nx.condensation(graph)
    groups = {group: condensed.nodes[group]["members"] for group in condensed}
    roots = {min(groups[group], key=hub_order) for group in condensed if condensed.out_degree(group) == 0}
    rows = set()
    for model, reached in nx.all_pairs_shortest_path_length(graph):
        if len(reached) > 1:
            found = sorted((depth, hub_order(root), root) for root, depth in reached.items() if root in roots)
            rows |= {(model, root, depth, place == 0) for place, (depth, _, root) in enumerate(found)}
    return rows


def assert_closed(connection: duckdb.DuckDBPyConnection, models: int, edges: Iterable[Edge]) -> Closure:
    """Build the closure and compare every row and figure with networkx."""
    import networkx as nx

    closure = close(connection)
    graph = graph_of(models, edges)
    expected = pairs_by_networkx(graph)
    assert set(connection.execute("from base.model_ancestor").fetchall()) == expected
    roots = roots_by_networkx(graph)
    assert set(connection.execute("from base.model_family").fetchall()) == roots
    cycles = [group for group in nx.strongly_connected_components(graph) if len(group) > 1]
    assert closure == Closure(
        pairs=len(expected),
        longest_chain=max((depth for _, _, depth in expected), default=0),
        cycles=len(cycles),
        models_in_cycles=sum(map(len, cycles)),
        roots=len({root for _, root, _, _ in roots}),
    )
    # Every model counts once, those that are their own root included.
    assert connection.execute(
        'select count(*), count(distinct hub_id) from core.model_family where "primary"'
    ).fetchall() == [(models, models)]
    assert connection.execute("select count(*) from core.model_ancestor").fetchall() == [(len(expected),)]
    compare_with_edges(connection)
    return closure


@st.composite
def graphs(draw_from: st.DrawFn) -> tuple[int, list[Edge]]:
    models = draw_from(st.integers(1, 14))
    node = st.integers(1, models)
    return models, draw_from(st.lists(st.tuples(node, node), max_size=30))


def test_random_graphs_are_closed_as_networkx_closes_them(tmp_path):
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:

        @settings(max_examples=40, deadline=None)
        @given(graphs())
        def closes(graph: tuple[int, list[Edge]]) -> None:
            fill(connection, *graph)
            assert_closed(connection, *graph)

        closes()


CYCLE = [(1, 2), (2, 3), (3, 1)]


@pytest.mark.parametrize(
    ("models", "edges", "roots"),
    [
        pytest.param(4, [(1, 2), (1, 3), (2, 4), (3, 4)], {(1, 4, 2, True), (2, 4, 1, True), (3, 4, 1, True)}, id="diamond"),
        pytest.param(3, [(1, 2), (2, 3), (1, 3)], {(1, 3, 1, True), (2, 3, 1, True)}, id="two ways, the shorter counts"),
        pytest.param(3, [(1, 2), (1, 3)], {(1, 3, 1, True), (1, 2, 1, False)}, id="of two roots the smaller hub_id"),
        pytest.param(2, [(1, 1), (2, 2), (2, 1)], {(2, 1, 1, True)}, id="self loops are not edges"),
        pytest.param(
            4,
            [*CYCLE, (4, 1)],
            {(1, 3, 2, True), (2, 3, 1, True), (3, 3, 0, True), (4, 3, 3, True)},
            id="a cycle without an ancestor has one root",
        ),
        pytest.param(
            5,
            [*CYCLE, (4, 1), (2, 5)],
            {(1, 5, 2, True), (2, 5, 1, True), (3, 5, 3, True), (4, 5, 3, True)},
            id="a cycle with an ancestor is no root",
        ),
        pytest.param(2, [], set(), id="no edges"),
    ],
)  # fmt: skip
def test_hand_made_graphs(connection, models, edges, roots):
    fill(connection, models, edges)
    assert_closed(connection, models, edges)
    assert set(connection.execute("from base.model_family").fetchall()) == roots


def test_a_model_that_is_gone_does_not_cut_its_descendants_off(connection):
    edges = [(1, 2), (2, 3), (4, 1)]
    fill(connection, 4, edges, gone=[2])
    assert assert_closed(connection, 4, edges).longest_chain == 3


def test_an_edge_that_was_given_up_does_not_count(connection):
    fill(connection, 3, [(1, 2), (2, 3)])
    connection.execute("update base.model_edge set first_seen = $1, last_seen = $1 where child_key = 2", [WEEK_BEFORE])
    assert_closed(connection, 3, [(1, 2)])


def test_a_second_closure_replaces_the_first(connection):
    for edges in ([(1, 2), (2, 3)], [(1, 3)]):
        fill(connection, 3, edges)
        assert_closed(connection, 3, edges)


def test_the_true_parents_of_a_sandbox_world(connection):
    keys: dict[str, int] = {}
    edges = []
    for record in World(models=2000).records(3):
        child = keys.setdefault(str(record["_id"]), len(keys) + 1)
        edges += [(child, keys.setdefault(parent, len(keys) + 1)) for parent in record["parents"]]
    fill(connection, len(keys), edges)
    assert assert_closed(connection, len(keys), edges).pairs > 1000


def test_a_deep_chain(connection):
    edges = [(n, n + 1) for n in range(1, 501)]
    fill(connection, 501, edges)
    assert close(connection) == Closure(500 * 501 // 2, 500, 0, 0, 1)
    compare_with_edges(connection)


def test_a_large_cycle(connection):
    edges = [(n, n % 200 + 1) for n in range(1, 201)]
    fill(connection, 200, edges)
    assert close(connection) == Closure(200 * 199, 199, 1, 200, 1)
    compare_with_edges(connection)
    # The smallest hub_id is that of the largest number; model n is this many steps from it.
    assert set(connection.execute("from base.model_family").fetchall()) == {
        (n, 200, 200 - n, True) for n in range(1, 201)
    }


def test_a_star(connection):
    fill(connection, 100_001, [(n, 1) for n in range(2, 100_002)])
    assert close(connection) == Closure(100_000, 1, 0, 0, 1)
    compare_with_edges(connection)


@pytest.mark.parametrize(
    "edges",
    [
        pytest.param([(n, m) for n in range(1, 9) for m in range(1, 9)], id="among branches"),
        pytest.param([*CYCLE, *((n, 1) for n in range(4, 30))], id="by twigs"),
    ],
)
def test_too_many_pairs_are_refused_and_nothing_is_lost(tmp_path, monkeypatch, edges):
    path = tmp_path / "w.duckdb"
    with writing(warehouse_at(path)) as connection:
        fill(connection, 30, [(1, 2)])
        close(connection)
    monkeypatch.setattr(lineage, "MOST_PAIRS", 50)

    def refresh() -> None:
        with writing(path) as connection:
            fill(connection, 30, edges)
            close(connection)

    with pytest.raises(LineageTooLargeError, match=r"Kept: .* To do: "):
        refresh()
    with reading(path) as connection:
        assert connection.execute("from base.model_ancestor").fetchall() == [(1, 2, 1)]
        assert connection.execute("from base.model_family").fetchall() == [(1, 2, 1, True)]


@pytest.mark.parametrize(
    "damage",
    [
        "delete from base.model_ancestor where depth = 2",
        "delete from base.model_ancestor where depth = 1",
        "update base.model_ancestor set depth = 3 where depth = 2",
        "insert into base.model_ancestor values (3, 1, 1)",
        "insert into base.model_ancestor values (3, 1, 2)",
    ],
)
def test_a_closure_that_is_not_that_of_the_edges_is_found_out(connection, damage):
    fill(connection, 3, [(1, 2), (2, 3)])
    close(connection)
    compare_with_edges(connection)
    connection.execute(damage)
    with pytest.raises(CheckError, match="agrees with the edges"):
        compare_with_edges(connection)


def test_a_pair_that_is_there_twice_is_found_out(connection):
    fill(connection, 3, [(1, 2), (2, 3)])
    close(connection)
    check(connection, BASE_MODEL_ANCESTOR)
    connection.execute("insert into base.model_ancestor values (1, 3, 1)")
    with pytest.raises(CheckError, match=r"occurs more than once: \(1, 3, 2\)"):
        check(connection, BASE_MODEL_ANCESTOR)


@pytest.mark.parametrize("part", [20, pytest.param(1, marks=pytest.mark.scale)])
def test_the_published_graph_gives_the_published_coverage(connection, part):
    # 1,860,411 models, of which this many were counted as derived: no more than these can have a parent.
    made_from_another = {"finetune": 189_391, "adapter": 241_417, "quantized": 101_921, "merge": 40_924}
    shape = Shape(models=1_860_411 // part, children=sum(made_from_another.values()) // part)
    draw(connection, shape)
    close(connection)
    compare_with_edges(connection)
    assert connection.execute(
        'select round(100 * avg((depth > 0)::integer), 1) from core.model_family where "primary"'
    ).fetchall() == [(30.8,)]


def test_a_graph_in_the_shape_of_the_hub(connection):
    draw(connection, shape_of_the_hub(models=32_000, edges=20_000))
    edges = connection.execute(lineage._CURRENT_EDGES).fetchall()
    closure = assert_closed_at_size(connection, edges)
    assert closure.cycles > 2
    assert closure.longest_chain > 5


def assert_closed_at_size(connection: duckdb.DuckDBPyConnection, edges: list[Edge]) -> Closure:
    import networkx as nx

    closure = close(connection)
    graph = nx.DiGraph(edges)
    assert set(connection.execute("from base.model_ancestor").fetchall()) == pairs_by_networkx(graph)
    compare_with_edges(connection)
    return closure


def test_the_asset_closes_checks_and_counts():
    with writing(warehouse_at(Settings().database)) as connection:
        fill(connection, 5, [*CYCLE, (4, 1)])
    result = dg.materialize([lineage_closure], resources={"warehouse": Warehouse()})
    assert result.success
    evaluations = result.get_asset_check_evaluations()
    assert {(check.asset_key.to_user_string(), check.check_name) for check in evaluations if check.passed} == {
        ("core/model_ancestor", "declared_constraints_hold"),
        ("core/model_ancestor", "no_model_is_its_own_ancestor"),
        ("core/model_ancestor", "ancestors_agree_with_parents"),
        ("core/model_family", "declared_constraints_hold"),
    }
    (ancestor,) = result.asset_materializations_for_node("lineage_closure")[:1]
    figures = {name: value.value for name, value in ancestor.metadata.items() if name != "seconds"}
    assert figures == {"dagster/row_count": 9, "pairs": 9, "longest_chain": 3, "cycles": 1, "models_in_cycles": 3}
    assert ancestor.metadata["seconds"].value > 0
