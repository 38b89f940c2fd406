"""Families: descendants of the roots by part and week; parts add up, and weeks compare only with the same definition."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from collecting import uncollected_sources
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage_world import MONDAY, World, monday
from warehouses import warehouse_at

from assets.hub import family_assets as assets
from assets.resources import Warehouse
from warehouse.database.connection import reading, writing
from warehouse.hub import families, lineage_totals
from warehouse.seeds import published_figures
from warehouse.seeds.csv_reader import CuratedError
from warehouse.seeds.family_roots import COLUMNS, read_families

# Below the roots of llama: a fine-tune by the maker, one by another, an adapter of that, a quantised copy of a root, a copy
# of that copy, and a quantisation of the fine-tune. Below both roots of a and b: a merge.
FAMILIES = {
    "llama": ("", ["meta/llama-1"]),
    "llama-2": ("llama", ["meta/llama-2", "meta/llama-2-chat"]),
    "qwen": ("", ["Qwen/qwen"]),
    "unseen": ("", ["nobody/nothing"]),
}
EDGES = [
    ("meta/guard", "meta/llama-2", "finetune"),
    ("meta/llama-2-chat", "meta/llama-2", "finetune"),
    ("ann/tune", "meta/llama-2-chat", "finetune"),
    ("bob/lora", "ann/tune", "adapter"),
    ("bob/gguf", "meta/llama-1", "quantized"),
    ("cy/gguf-of-gguf", "bob/gguf", "quantized"),
    ("cy/tune-gguf", "ann/tune", "quantized"),
    ("dee/merge", "ann/tune", "merge"),
    ("dee/merge", "Qwen/qwen", "merge"),
    ("eve/unsaid", "Qwen/qwen", None),
]


@pytest.fixture
def world(tmp_path, prepared) -> Iterator[World]:
    with writing(Path(shutil.copy(prepared, tmp_path / "w.duckdb"))) as connection:
        made = World(connection)
        made.name_families(FAMILIES, tmp_path / "curated")
        yield made


def test_each_model_counts_once_in_each_family_and_roots_do_not(world):
    assert world.bring(0, EDGES, others=["x/lonely"]) == {"llama": 7, "llama-2": 5, "qwen": 2}
    members = "select m.id from core.family_member join core.model as m using (model_key) where family = ? order by 1"
    assert [name for (name,) in world.rows(members, "llama-2")] == [
        "ann/tune", "bob/lora", "cy/tune-gguf", "dee/merge", "meta/guard",
    ]  # fmt: skip
    assert world.total("llama", "depth = 1") == 3
    assert world.total("llama", "depth = 2") == 4
    assert world.total("llama", "is_own") == 1
    assert world.total("qwen", "relation is null") == 1
    assert world.rows("select roots, roots_seen from core.family_reading where family = 'unseen'") == [(1, 0)]


def test_only_what_is_quantised_all_the_way_is_a_copy(world):
    world.bring(0, EDGES)
    copies = (
        "select m.id from core.family_member join core.model as m using (model_key) where is_quantized_copy order by 1"
    )
    assert world.rows(copies) == [("bob/gguf",), ("cy/gguf-of-gguf",)]
    assert world.total("llama", "relation = 'quantized'") == 3, (
        "a quantised fine-tune is quantised, and no copy of a root"
    )


def test_of_several_ways_the_nearest_counts_and_of_equal_ones_the_first_relation(world):
    world.bring(
        0,
        [
            ("a/tune", "meta/llama-1", "finetune"),
            ("a/both", "meta/llama-1", "quantized"),
            ("a/both", "a/tune", "merge"),
            ("a/two", "meta/llama-1", "quantized"),
            ("a/two", "meta/llama-2", "adapter"),
            ("a/two", "Qwen/qwen", None),
        ],
    )
    way = "select depth, relation, is_quantized_copy from core.family_member where family = ? and model_key = ?"
    assert world.rows(way, "llama", world.keys["a/both"]) == [(1, "quantized", True)]
    assert world.rows(way, "llama", world.keys["a/two"]) == [(1, "adapter", False)]
    assert world.rows(way, "llama-2", world.keys["a/two"]) == [(1, "adapter", False)]
    assert world.rows(way, "qwen", world.keys["a/two"]) == [(1, None, False)]


def test_a_circle_below_a_root_is_counted_once_and_a_root_in_a_circle_is_no_derivative(world):
    world.bring(
        0,
        [
            ("a/one", "a/two", "finetune"), ("a/two", "a/one", "finetune"), ("a/one", "meta/llama-1", "finetune"),
            ("b/one", "Qwen/qwen", "finetune"), ("Qwen/qwen", "b/one", "finetune"),
        ],
    )  # fmt: skip
    assert world.total("llama") == 2
    assert world.total("qwen") == 1
    assert world.rows("select cycles, models_in_cycles, longest_chain, roots from core.lineage_week") == [(2, 4, 2, 1)]


def test_what_came_and_went_is_told_for_weeks_that_follow_each_other(world):
    world.bring(0, EDGES)
    assert world.changes("llama", 0) == (None, None), "there is nothing to compare the first week with"
    moved = [("ann/tune", "Qwen/qwen", "finetune") if child == "ann/tune" else (child, *e) for child, *e in EDGES]
    assert world.bring(1, [*moved, ("new/tune", "meta/llama-2", "finetune")], gone=["bob/gguf"])["llama"] == 3
    # ann's model moved to qwen with three derivatives, bob's copy is removed, cy's copy of it stays.
    assert world.changes("llama", 1) == (1, 5)
    assert world.changes("qwen", 1) == (3, 0)
    gone = "select sum(removed)::int from core.family_week where family = 'llama' and is_quantized_copy and week = ?"
    assert world.rows(gone, monday(1)) == [(1,)], "what is removed stands in the part that it was in"
    world.bring(3, moved)
    assert world.changes("llama", 3) == (None, None), "over a gap nothing is compared"


def test_a_week_is_counted_again_to_the_same_and_an_old_one_not_at_all(world):
    world.bring(0, EDGES)
    world.bring(1, EDGES[:5])
    tables = ("core.family_week", "core.family_reading", "core.family_member", "core.lineage_week")
    before = [world.rows(f"from {table} order by all") for table in tables]
    families.count_week(world.connection, monday(1))
    lineage_totals.sum_up_week(world.connection, monday(1))
    assert [world.rows(f"from {table} order by all") for table in tables] == before
    with pytest.raises(families.OldWeekError):
        families.count_week(world.connection, monday(0))


def test_a_list_of_roots_that_was_changed_is_not_compared(world, tmp_path):
    world.bring(0, EDGES)
    world.name_families(FAMILIES | {"qwen": ("", ["Qwen/qwen", "ann/tune"])}, tmp_path / "curated")
    world.bring(1, EDGES)
    assert world.total("qwen", week=1) == 4
    assert world.changes("qwen", 1) == (None, None)
    assert world.changes("llama", 1) == (0, 0)
    world.charts()
    growth_of = "select growth_pct from charts.model_derivatives where family = ? and period_start = ?"
    assert world.rows(growth_of, "qwen", monday(1)) == [(None,)]
    assert world.rows(growth_of, "llama", monday(1)) == [(0.0,)]
    change = "select change_1_week, change_pct_1_week from growth.family where family = ? and week = ?"
    assert world.rows(change, "qwen", monday(1)) == [(None, None)]
    assert world.rows(change, "llama", monday(1)) == [(0, 0.0)]
    rate = """
        select change, coalesce(flag like '%definition_changed%', false)
        from growth.rate where metric = 'family_downloads_30d' and entity = ? and grain = 'week'
    """
    assert world.rows(rate, "qwen") == [(None, True)]
    assert world.rows(rate, "llama") == [(0, False)]
    marks = (
        "select chart, period_start, metric, entity from charts.definition_mark where entity is not null order by chart"
    )
    assert world.rows(marks) == [
        ("lineage_depth", monday(1), "model_derivatives", "qwen"),
        ("model_derivatives", monday(1), "model_derivatives", "qwen"),
    ]


def test_a_week_whose_statements_were_not_taken_has_no_count(world):
    world.bring(0, EDGES)
    assert world.bring(1, EDGES, stated=False) == {}
    assert world.rows("select count(*) from core.family_week where week = ?", monday(1)) == [(0,)]
    assert world.rows("select edges, models_naming_a_base from core.lineage_week where week = ?", monday(1)) == [
        (10, None)
    ]
    world.bring(2, EDGES)
    assert world.changes("llama", 2) == (None, None)


def test_a_root_is_found_by_its_former_name_and_in_any_case(world, tmp_path):
    world.bring(0, EDGES, others=["META/Other", "meta/other-2"])
    world.connection.execute(
        "insert into base.model_name values (printf('%024x', ?), 'old/name', ?, ?)", [1, MONDAY, MONDAY]
    )
    named = {
        "former": ("", ["old/Name"]),
        "case": ("", ["meta/other"]),
        "exact": ("", ["meta/OTHER-2"]),
        "none": ("", ["a/b"]),
    }
    world.name_families(named, tmp_path / "curated")
    found = dict(world.rows("select family, id from core.family left join core.model using (hub_id)"))
    first = next(iter(world.keys))
    assert found == {"former": first, "case": "META/Other", "exact": "meta/other-2", "none": None}


def test_every_repository_that_has_had_the_name_is_a_root(world, tmp_path):
    world.bring(0, EDGES)
    for key in (world.keys["bob/lora"], world.keys["ann/tune"]):
        world.connection.execute(
            "insert into base.model_name values (printf('%024x', ?), 'Qwen/qwen', ?, ?)", [key, MONDAY, MONDAY]
        )
    world.name_families({"qwen": ("", ["Qwen/qwen"])}, tmp_path / "curated")
    found = world.rows("select id from core.family join core.model using (hub_id) order by id")
    assert found == [("Qwen/qwen",), ("ann/tune",), ("bob/lora",)]


def test_the_chart_has_the_count_its_parts_and_what_it_rests_on(world):
    world.bring(0, EDGES, others=["x/lonely"], downloads={"ann/tune": 500, "bob/gguf": 90, "cy/tune-gguf": None})
    world.bring(1, [*EDGES, ("new/tune", "Qwen/qwen", "finetune")], others=["x/lonely"])
    world.charts()
    first = world.rows(
        """
        select family, derivatives, direct, transitive, finetunes, adapters, quantized, merges, without_own,
               without_quantized_copies, downloads_30d, notable, basis, source, qualifier, growth_pct, added
        from charts.model_derivatives where period_start = ? order by derivatives desc
        """,
        monday(0),
    )
    rest = ("measured", "sandbox_hub", "at_least", None, None)
    assert first == [
        ("llama", 7, 3, 7, 2, 1, 3, 1, 6, 5, 630, "ann/tune, bob/gguf, meta/guard", *rest),
        ("llama-2", 5, 2, 5, 2, 1, 1, 1, 4, 5, 530, "ann/tune, meta/guard, bob/lora", *rest),
        ("qwen", 2, 2, 2, 0, 0, 0, 1, 2, 2, 20, "dee/merge, eve/unsaid", *rest),
    ]
    coverage = (
        "select distinct coverage_pct from charts.model_derivatives where period_start = ? and basis = 'measured'"
    )
    assert world.rows(coverage, monday(0)) == [(pytest.approx(100 * 9 / 13),)]
    second = (
        "select growth_pct, added, removed from charts.model_derivatives where family = 'qwen' and period_start = ?"
    )
    assert world.rows(second, monday(1)) == [(50.0, 1, 0)]
    assert world.rows("select count(*) from charts.model_derivatives where basis = 'published'") == [(5,)]
    assert world.rows(
        "select depth, models, downloads_30d, share_of_family_pct, source from charts.lineage_depth "
        "where family = 'llama' and week = ? order by depth",
        monday(0),
    ) == [(1, 3, 600, pytest.approx(300 / 7), "sandbox_hub"), (2, 4, 30, pytest.approx(400 / 7), "sandbox_hub")]
    assert world.rows("select week, models, models_with_parent, source from charts.lineage_coverage order by 1") == [
        (monday(0), 13, 9, "sandbox_hub"), (monday(1), 14, 10, "sandbox_hub"),
    ]  # fmt: skip
    growth = "select family, level, rank, derivatives, roots from growth.family where week = ? order by family"
    assert world.rows(growth, monday(0)) == [("llama", 1, 1, 7, 3), ("llama-2", 2, 1, 5, 2), ("qwen", 1, 2, 2, 1)]


# Three levels of llama. Below its roots: one of them made from another, a fine-tune of the narrowest, a quantised copy of the
# widest, and two merges with qwen: one nearer to qwen, one as near to both. An adapter of qwen spikes in the first week.
NESTED = {
    "llama": ("", ["meta/llama-1"]),
    "llama-3": ("llama", ["meta/llama-3"]),
    "llama-3.1": ("llama-3", ["meta/llama-3.1"]),
    "alone": ("", ["zed/alone"]),
    "qwen": ("", ["Qwen/qwen"]),
    "unseen": ("", ["nobody/nothing"]),
}
NESTED_EDGES = [
    ("meta/llama-3.1", "meta/llama-3", "finetune"),
    ("ann/tune", "meta/llama-3.1", "finetune"),
    ("bob/gguf", "meta/llama-1", "quantized"),
    ("cy/merge", "ann/tune", "merge"),
    ("cy/merge", "Qwen/qwen", "merge"),
    ("dee/even", "Qwen/qwen", "merge"),
    ("dee/even", "meta/llama-3", "merge"),
    ("eve/lora", "Qwen/qwen", "adapter"),
]
NESTED_DOWNLOADS = {
    "meta/llama-1": 1000, "meta/llama-3": 2000, "meta/llama-3.1": 4000, "Qwen/qwen": 3000, "zed/alone": 7, "x/lonely": 50,
    "ann/tune": 100, "bob/gguf": 20, "cy/merge": 30, "dee/even": 40, "eve/lora": 60_000,
}  # fmt: skip
HUB_TOTAL = 70_247


def test_a_family_counts_its_roots_and_each_model_once_on_each_level(world, tmp_path):
    world.name_families(NESTED, tmp_path / "curated")
    others = ["zed/alone", "x/lonely"]
    world.bring(0, NESTED_EDGES, others=others, downloads=NESTED_DOWNLOADS, kept={"eve/lora": 6000})
    # The spike is over, and the newest Llama has 1,000 downloads more.
    later = NESTED_DOWNLOADS | {"eve/lora": 500, "meta/llama-3.1": 5000}
    world.bring(1, NESTED_EDGES, others=others, downloads=later, kept={})
    world.charts()
    growth = """
        select
            family, part_of, level, roots, derivatives, downloads_30d, downloads_30d_robust, downloads_30d_of_roots,
            downloads_30d_of_derivatives, models_counted_once, downloads_30d_counted_once,
            downloads_30d_robust_counted_once, rank
        from growth.family where week = ? order by level, rank
    """
    assert world.rows(growth, monday(0)) == [
        ("qwen", None, 1, 1, 3, 63_070, 9_070, 3000, 60_070, 3, 63_030, 9_030, 1),
        ("llama", None, 1, 3, 4, 7_190, 7_190, 7000, 190, 6, 7_160, 7_160, 2),
        ("alone", None, 1, 1, 0, 7, 7, 7, 0, 1, 7, 7, 3),
        ("llama-3", "llama", 2, 2, 3, 6_170, 6_170, 6000, 170, 4, 6_140, 6_140, 1),
        ("llama-3.1", "llama-3", 3, 1, 2, 4_130, 4_130, 4000, 130, 2, 4_100, 4_100, 1),
    ]
    shares = world.rows(
        "select sum(share_pct), sum(models_counted_once) from growth.family where level = 1 and week = ?", MONDAY
    )
    assert shares == [(pytest.approx(100 * (HUB_TOTAL - 50) / HUB_TOTAL), 10)], "all but x/lonely"
    change = """
        select change_1_week, change_pct_1_week, change_robust_1_week, change_robust_pct_1_week
        from growth.family where week = ? and family = ?
    """
    assert world.rows(change, monday(1), "qwen") == [
        (-59_500, pytest.approx(-100 * 59_500 / 63_070), -5_500, pytest.approx(-100 * 5_500 / 9_070))
    ]
    assert world.rows(change, monday(1), "llama") == [(1000, pytest.approx(100_000 / 7_190)) * 2]
    rate = """
        select metric, basis, value_start, value_end, growth_pct from growth.rate
        where entity = 'llama-3.1' and metric like 'family_%' and grain = 'week' order by metric
    """
    assert world.rows(rate) == [
        ("family_downloads_30d", "measured", 4130, 5130, pytest.approx(100_000 / 4130)),
        ("family_downloads_30d_robust", "estimated", 4130, 5130, pytest.approx(100_000 / 4130)),
    ]
    short = """
        select family, downloads_30d, downloads_30d_of_roots, downloads_30d_of_derivatives, models, roots, derivatives,
               finetunes, adapters, quantized, "merges", unstated, rank
        from families
    """
    assert world.rows(short) == [
        ("llama", 8_160, 8_000, 160, 6, 3, 3, 1, 0, 1, 1, 0, 1),
        ("qwen", 3_530, 3_000, 530, 3, 1, 2, 0, 1, 0, 1, 0, 2),
        ("alone", 7, 7, 0, 1, 1, 0, 0, 0, 0, 0, 0, 3),
    ]


def test_a_week_from_before_roots_were_counted_has_no_total_and_no_growth(world):
    world.bring(0, EDGES, kept={})
    for table in ("core.family_reading", "core.family_week"):
        late = [
            name
            for name, *_ in world.rows(f"describe {table}")
            if "root_" in name or "once" in name or "robust" in name
        ]
        unknown = ", ".join(f"{name} = null" for name in [*late, *(["level"] if "reading" in table else [])])
        world.connection.execute(f"update {table} set {unknown}")
    world.bring(1, EDGES, kept={})
    world.charts()
    figures = """
        select models, roots, derivatives, downloads_30d, downloads_30d_robust, downloads_30d_of_roots,
               downloads_30d_of_derivatives, downloads_30d_counted_once, downloads_all_time, share_pct, rank, change_1_week
        from growth.family where family = 'llama' and week = ?
    """
    assert world.rows(figures, monday(0)) == [(None, None, 7, None, None, None, 70, None, None, None, None, None)]
    # Of the 7 derivatives the merge is nearer to qwen.
    assert world.rows(figures, monday(1)) == [(10, 3, 7, 100, 100, 30, 70, 90, 100, pytest.approx(75), 1, None)]


def test_without_the_counter_downloads_are_missing_and_not_zero(world):
    world.bring(0, EDGES, downloads=dict.fromkeys(name for edge in EDGES for name in edge[:2]))
    world.charts()
    figures = (
        "select models, downloads_30d, downloads_30d_of_roots, downloads_30d_counted_once, rank from growth.family"
    )
    assert world.rows(f"{figures} where family = 'llama'") == [(10, None, None, None, None)]


def test_a_family_without_derivatives_has_none_and_one_that_was_never_seen_is_not_known(world):
    world.bring(0, EDGES[:3], others=["Qwen/qwen"])
    world.bring(1, EDGES[:3], others=["Qwen/qwen"])
    world.charts()
    count = """
        select derivatives, downloads_30d, growth_pct, added
        from charts.model_derivatives where family = ? and period_start = ?
    """
    assert world.rows(count, "qwen", monday(1)) == [(0, None, None, 0)]
    assert world.rows(count, "unseen", monday(1)) == []


def test_a_week_is_summed_up(world):
    world.bring(0, EDGES, others=["x/lonely"])
    child = world.rows("select hub_id from core.model where id = 'eve/unsaid'")[0][0]
    for named, reason in (
        ("eve/unsaid", "self_reference"),
        ("a/b", "never_seen"),
        ("a/c", "never_seen"),
        ("/tmp", "not_a_name"),
    ):
        world.connection.execute(
            "insert into core.unresolved_parent values (?, ?, ?, 'card', ?, ?)", [child, named, reason, MONDAY, MONDAY]
        )
    summed = lineage_totals.sum_up_week(world.connection, MONDAY)
    assert (summed.models, summed.models_with_parent, summed.unresolved) == (13, 9, 3)
    assert world.rows(
        """
        select edges, edges_by_tag, edges_to_removed, models_with_several_parents, self_references, never_seen, not_a_name,
               cycles, longest_chain, roots
        from core.lineage_week
        """
    ) == [(10, 10, 0, 1, 1, 2, 1, 0, 3, 3)]
    world.bring(1, EDGES, gone=["meta/llama-1"])
    assert world.rows("select edges, edges_to_removed, roots from core.lineage_week where week = ?", monday(1)) == [
        (10, 1, 3)
    ]


NAMES = [f"o{n % 3}/m{n}" for n in range(9)]
GRAPH = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([None, *families.RELATION_ORDER])).filter(
        lambda edge: edge[0] != edge[1]
    ),
    max_size=18,
    unique_by=lambda edge: edge[:2],
)
GONE = st.sets(st.sampled_from(NAMES), max_size=3)
ROOTS = st.lists(st.sampled_from(NAMES), min_size=4, max_size=4, unique=True)


def descendants(edges: Sequence[tuple[str, str, str | None]], roots: set[str]) -> dict[str, int]:
    """Return each descendant of the roots that is not a root, with its distance."""
    distance, step = dict.fromkeys(roots, 0), 0
    while reached := {child for child, parent, _ in edges if child not in distance and distance.get(parent) == step}:
        step += 1
        distance |= dict.fromkeys(reached, step)
    return {name: depth for name, depth in distance.items() if depth}


def counted_once(
    edges: Sequence[tuple[str, str, str | None]], sets: Mapping[str, set[str]], missing: set[str]
) -> Counter[str]:
    """Return how many models count for each family: for the nearest, of equally near ones for other, and for narrow in wide."""
    distance = {family: descendants(edges, own) | dict.fromkeys(own, 0) for family, own in sets.items()}
    found = Counter[str]()
    for name in set(NAMES) - missing:
        near = {family: of[name] for family, of in distance.items() if name in of}
        nearest = {family for family, steps in near.items() if steps == min(near.values())}
        found.update({"other"} if "other" in nearest else nearest)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=GRAPH, second=GRAPH, gone=GONE, roots=ROOTS)
def test_parts_add_up_to_the_distinct_descendants_of_any_graph(world, tmp_path, first, second, gone, roots):
    sets = {"wide": set(roots[:2]), "narrow": {roots[1]}, "other": set(roots[2:])}
    # The last statement of a removed model stays current.
    later = [edge for edge in second if edge[0] not in gone]
    graphs = (first, [edge for edge in first if edge[0] in gone] + later)
    before: dict[str, set[str]] = {}
    world.connection.execute("rollback; begin")
    made = World(world.connection)
    made.name_families({"wide": ("", roots[:1]), "narrow": ("wide", roots[1:2]), "other": ("", roots[2:])}, tmp_path)
    for week, (edges, missing) in enumerate(zip(graphs, ((), gone), strict=True)):
        made.bring(week, later if week else first, others=NAMES, gone=list(missing))
        for family, own in sets.items():
            found = {name: depth for name, depth in descendants(edges, own).items() if name not in missing}
            parts = made.rows(
                "select depth, sum(models)::int from core.family_week where family = ? and week = ? and models > 0 group by 1",
                family,
                monday(week),
            )
            assert dict(parts) == Counter(found.values())
            if week and found.keys() | before[family]:
                came, went = found.keys() - before[family], before[family] - found.keys()
                assert made.changes(family, week) == (len(came), len(went))
            before[family] = set(found)
        once = made.rows(
            """
            select family, level, any_value(root_models_counted_once) + coalesce(sum(models_counted_once), 0)::int
            from core.family_reading left join core.family_week using (week, family) where week = ? group by family, level
            """,
            monday(week),
        )
        expected = counted_once(edges, sets, set(missing))
        assert {family: models for family, _, models in once} == {**dict.fromkeys(sets, 0), **expected}
        there = set(NAMES) - set(missing)
        of_none = there - set.union(*(own | descendants(edges, own).keys() for own in sets.values()))
        assert sum(models for _, level, models in once if level == 1) + len(of_none) == len(there)


def test_the_list_as_kept_is_right_and_a_family_holds_the_roots_of_its_parts():
    rows = read_families(published_figures.CURATED)
    roots = {row["root"] for row in rows if row["family"] == "llama"}
    assert {"meta-llama/Llama-2-7b", "meta-llama/Llama-3.1-8B", "codellama/CodeLlama-7b-hf"} <= roots
    assert roots.isdisjoint({row["root"] for row in rows if row["family"] == "qwen"})
    assert {row["part_of"] for row in rows if row["family"] == "llama-3"} == {"llama"}


@pytest.mark.parametrize(
    ("root", "held_by", "released_on"),
    [
        ("meta-llama/Llama-3.1-8B", {"llama", "llama-3", "llama-3.1"}, None),
        ("Qwen/Qwen3.5-397B-A17B", {"qwen", "qwen-3.5"}, date(2026, 2, 16)),
        ("google/gemma-4-31B-it", {"gemma", "gemma-4"}, date(2026, 4, 2)),
        ("zai-org/GLM-5.1", {"glm", "glm-5", "glm-5.1"}, date(2026, 4, 7)),
        ("moonshotai/Kimi-K3", {"kimi", "kimi-k3"}, date(2026, 7, 16)),
        ("deepseek-ai/DeepSeek-V3.2", {"deepseek", "deepseek-v3", "deepseek-v3.2"}, date(2025, 12, 1)),
        ("meta-models/Muse-Glimmer-30B", {"muse"}, date(2026, 8, 9)),
        ("nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16", {"nemotron", "nemotron-3"}, date(2026, 6, 4)),
        ("mistralai/Mistral-Medium-3.5-128B", {"mistral", "mistral-medium-3.5"}, date(2026, 4, 28)),
        ("LiquidAI/LFM2.5-350M", {"lfm-2.5"}, None),
    ],
)
def test_the_list_has_the_roots_of_2026_in_the_lines_of_their_makers(root, held_by, released_on):
    held = [row for row in read_families(published_figures.CURATED) if row["root"] == root]
    assert {row["family"] for row in held} == held_by
    assert {row["released_on"] for row in held} == {released_on}


def test_a_root_without_a_known_day_says_so_and_every_new_one_has_evidence():
    roots = {row["root"]: row for row in read_families(published_figures.CURATED)}
    assert not [root for root, row in roots.items() if row["released_on"] and not row["evidence_url"]]
    unproven = ("Public by ", "Day of release not verified", "Not verified that it exists")
    undated = [row for row in roots.values() if "recipes" in (row["evidence_url"] or "") and not row["released_on"]]
    assert undated
    assert not [row["root"] for row in undated if not row["note"].startswith(unproven)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("b,B,a", "b,B,c", "family.csv:3: column part_of: expected a family of this file, with a root; found 'c'"),
        ("a,A,,o/a,", "a,A,b,o/a,", "family.csv:2: column part_of: expected no circle; found 'a is part of b is part of a'"),
        ("a,A,,o/a,", "a,A,a,o/a,", "family.csv:2: column part_of: expected no circle; found 'a is part of a'"),
        ("a,A,,o/a,", "a,A,,,", "family.csv:2: column root: is empty"),
        ("a,A,,o/a,", "a,A,,o/a/b,", "family.csv:2: column root: expected a repository, owner/name; found 'o/a/b'"),
        (
            "a,A,,o/a,", "A,A,,o/a,",
            "family.csv:2: column family: expected lower-case letters and digits, with - or . between them; found 'A'",
        ),
        ("b,B,a,o/b2,", "b,B,a,O/A,", "family.csv:4: column root: 'o/a' occurs already in family.csv:2"),
        (
            "b,B,a,o/b2,", "b,Bee,a,o/b2,",
            "family.csv:4: column title: expected 'B' as in family.csv:3 with the same family; found 'Bee'",
        ),
        (
            "b,B,a,o/b2,", "b,B,,o/b2,",
            "family.csv:4: column part_of: expected 'a' as in family.csv:3 with the same family; found nothing",
        ),
        ("b,B,a,o/b2,,,", "b,B,a,o/b2", "family.csv:4: 7 cells are expected as in the header, found 4"),
        ("a,A,,o/a,,,", "a,A,,o/a,2026-13-01,,", "family.csv:2: column released_on: expected a day as YYYY-MM-DD"),
        ("a,A,,o/a,,,", "a,A,,o/a,,example.org,", "family.csv:2: column evidence_url: expected an https address"),
        ("part_of", "parts", "family.csv:1: 'part_of' is missing; 'parts' is not known"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_list_is_told_by_line_and_column(tmp_path, old, new, expected):
    text = f"{','.join(COLUMNS)}\na,A,,o/a,,,\nb,B,a,o/b,,,\nb,B,a,o/b2,,,\n"
    (tmp_path / "family.csv").write_text(text, encoding="utf-8")
    assert len(read_families(tmp_path)) == 5
    (tmp_path / "family.csv").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CuratedError) as raised:
        read_families(tmp_path)
    assert expected in str(raised.value)


def test_a_wrong_list_leaves_the_last_one_to_be_counted(world, tmp_path):
    world.bring(0, EDGES)
    (tmp_path / "curated" / "family.csv").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(CuratedError):
        families.load(world.connection, tmp_path / "curated")
    assert world.bring(1, EDGES)["llama"] == 7


def test_the_assets_count_what_is_there_and_a_wrong_list_leaves_the_families_as_they_were(home, tmp_path, monkeypatch):
    with writing(warehouse_at(home / "working" / "tidegauge.duckdb")) as connection:
        world = World(connection)
        world.name_families(FAMILIES, tmp_path / "curated")
        world.bring(0, EDGES)
    monkeypatch.setattr(assets, "CURATED", tmp_path / "curated")
    definitions = [assets.family, assets.family_week, assets.lineage_of_week]

    def run() -> dg.ExecuteInProcessResult:
        return dg.materialize(definitions, resources={"warehouse": Warehouse()}, raise_on_error=False)

    result = run()
    assert result.success
    figures = {
        event.asset_key.to_user_string(): {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    assert figures["core/family"] == {"dagster/row_count": 7, "families": 4, "roots": 5, "roots_seen": 4}
    assert figures["core/family_week"]["derivatives_llama"] == 7
    assert figures["core/lineage_week"]["models_with_parent"] == 9
    assert figures["core/lineage_week"]["coverage_pct"] == pytest.approx(100 * 9 / 12)
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
    (tmp_path / "curated" / "family.csv").write_text("family\n", encoding="utf-8")
    result = run()
    assert "family.csv" in uncollected_sources(result)["core__family"]
    assert {event.step_key for event in result.get_step_success_events()} == {
        "core__family", "core__family_week", "core__lineage_week",
    }  # fmt: skip
    with reading(home / "working" / "tidegauge.duckdb") as connection:
        assert connection.execute("select count(*) from core.family").fetchall() == [(7,)]


def test_without_a_week_nothing_is_counted_and_nothing_fails(home, tmp_path, monkeypatch):
    shutil.copytree(published_figures.CURATED, tmp_path / "curated")
    monkeypatch.setattr(assets, "CURATED", tmp_path / "curated")
    definitions = [assets.family, assets.family_week, assets.lineage_of_week]
    assert dg.materialize(definitions, resources={"warehouse": Warehouse()}).success
    with reading(home / "working" / "tidegauge.duckdb") as connection:
        assert connection.execute("select count(*) from core.family_week").fetchall() == [(0,)]
