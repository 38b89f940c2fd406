"""Makers: each model of the Hub counts for one maker, and weeks compare only where the list does not move models."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage_world import World, monday
from warehouses import warehouse_at

from assets.hub import family_assets as assets
from assets.resources import Warehouse
from warehouse.database.connection import reading, writing
from warehouse.hub import families, makers

MAKERS = {
    "Meta": ("North America", ["Meta"]),  # the account of the models is `meta`
    "Alibaba": ("China", ["Qwen", "ali"]),
    "NVIDIA": ("North America", ["nvidia"]),
    "Absent": ("Europe", ["nobody"]),
}
# Of Meta: a base, its own fine-tune and its own quantised copy; by others a fine-tune, an adapter of that, a quantised copy of
# that, and a merge that is nearer to Qwen. NVIDIA made a model of its own from Meta's, and a copy of Qwen's.
EDGES = [
    ("meta/chat", "meta/base", "finetune"),
    ("meta/chat-fp8", "meta/chat", "quantized"),
    ("ann/tune", "meta/base", "finetune"),
    ("bob/lora", "ann/tune", "adapter"),
    ("cy/gguf", "ann/tune", "quantized"),
    ("dee/merge", "ann/tune", "merge"),
    ("dee/merge", "Qwen/base", "merge"),
    ("eve/unsaid", "ali/second", None),
    ("nvidia/tune", "meta/chat", "finetune"),
    ("nvidia/qwen-fp4", "Qwen/base", "quantized"),
    ("fay/of-fp4", "nvidia/qwen-fp4", "finetune"),
    ("gil/of-nvidia", "nvidia/tune", "adapter"),
    ("hal/gguf", "ian/root", "quantized"),
    ("nvidia/ian-fp4", "ian/root", "quantized"),
]
SIZES = {
    "meta/base": 70.0, "meta/chat": 70.0, "bob/lora": 0.1, "ann/tune": 69.9, "Qwen/base": 7.0, "Qwen/tiny": 0.999,
    "nvidia/qwen-fp4": 3.5, "nvidia/tune": 250.0, "gil/of-nvidia": 0.2, "hal/gguf": 1.0,
}  # fmt: skip
DOWNLOADS = {
    "meta/base": 1000, "meta/chat": 500, "meta/chat-fp8": 50, "ann/tune": 40_000, "bob/lora": 7, "cy/gguf": 300,
    "dee/merge": 20, "Qwen/base": 2000, "Qwen/tiny": None, "ali/second": 100, "eve/unsaid": 9, "nvidia/tune": 800,
    "nvidia/qwen-fp4": 60, "fay/of-fp4": 5, "gil/of-nvidia": 3, "ian/root": 11, "hal/gguf": 4, "nvidia/ian-fp4": 2, "jo/own": 1,
}  # fmt: skip
OTHERS = ["Qwen/tiny", "jo/own"]
TRUTH = {
    ("Meta", "own"): {"meta/base", "meta/chat", "meta/chat-fp8"},
    ("Meta", "finetune"): {"ann/tune"},
    ("Meta", "adapter"): {"bob/lora"},
    ("Meta", "quantized"): {"cy/gguf"},
    ("Alibaba", "own"): {"Qwen/base", "Qwen/tiny", "ali/second"},
    ("Alibaba", "merge"): {"dee/merge"},
    ("Alibaba", "unstated"): {"eve/unsaid"},
    ("Alibaba", "quantized"): {"nvidia/qwen-fp4"},
    ("Alibaba", "finetune"): {"fay/of-fp4"},
    ("NVIDIA", "own"): {"nvidia/tune"},
    ("NVIDIA", "adapter"): {"gil/of-nvidia"},
    ("other", "own"): {"ian/root", "jo/own"},
    ("other", "quantized"): {"hal/gguf", "nvidia/ian-fp4"},
}


@pytest.fixture
def world(tmp_path, prepared) -> Iterator[World]:
    with writing(Path(shutil.copy(prepared, tmp_path / "w.duckdb"))) as connection:
        made = World(connection)
        made.name_makers(MAKERS)
        yield made


def bring(world: World, week: int, **more) -> None:
    world.bring(week, EDGES, others=OTHERS, **{"downloads": DOWNLOADS, "sizes": SIZES, **more})


def test_each_model_counts_for_one_maker_in_one_way(world):
    bring(world, 0)
    found = world.rows(
        "select maker, made, sum(models)::int, sum(downloads_30d)::int from core.maker_week group by 1, 2"
    )
    truth = {
        (maker, made): (len(names), sum(DOWNLOADS[name] or 0 for name in names))
        for (maker, made), names in TRUTH.items()
    }
    assert {(maker, made): (models, downloads) for maker, made, models, downloads in found} == truth
    whole = "select sum(models)::int, sum(downloads_30d)::int, sum(likes)::int from core.maker_week"
    assert world.rows(whole) == [(19, sum(number or 0 for number in DOWNLOADS.values()), 0)]


def test_sizes_are_those_of_the_models_and_an_adapter_and_a_copy_have_the_size_of_their_base(world):
    bring(world, 0)
    found = world.rows("select maker, size_bucket, sum(models)::int from core.maker_week group by 1, 2")
    assert {(maker, size): models for maker, size, models in found} == {
        ("Meta", "70B to 250B"): 5,  # the base and the fine-tune by Meta, its copy, bob's adapter and cy's copy
        ("Meta", "20B to 70B"): 1,
        ("Alibaba", "7B to 20B"): 2,  # the base, and NVIDIA's copy of it
        ("Alibaba", "under 1B"): 1,
        ("Alibaba", "unknown"): 4,
        ("NVIDIA", "250B and above"): 2,
        ("other", "1B to 7B"): 1,
        ("other", "unknown"): 3,
    }


def test_growth_has_what_is_built_on_a_maker_without_spikes_and_its_share(world):
    bring(world, 0, kept={"ann/tune": 10_000})
    # A week later Meta's base is downloaded 500 times more, Qwen has a new adapter, and the spike is over.
    later = {**DOWNLOADS, "meta/base": 1500, "ann/tune": 100, "new/lora": 30}
    world.bring(
        1,
        [*EDGES, ("new/lora", "Qwen/base", "adapter")],
        others=OTHERS,
        downloads=later,
        sizes=SIZES,
        kept={"Qwen/base": 1500},
    )
    world.charts()
    first = """
        select
            maker, title, region, models, derivatives, downloads_30d, downloads_30d_robust, downloads_30d_own,
            downloads_30d_finetune, downloads_30d_quantized, downloads_30d_70b_to_250b, downloads_30d_unknown_size, rank,
            new_models, change_1_week
        from growth.maker where week = ? order by downloads_30d desc
    """
    assert world.rows(first, monday(0)) == [
        ("Meta", "Meta Inc.", "North America", 3, 3, 41857, 11857, 1550, 40000, 300, 1857, 0, 1, None, None),
        ("Alibaba", "Alibaba Inc.", "China", 3, 4, 2194, 2194, 2100, 5, 60, 0, 134, 2, None, None),
        ("NVIDIA", "NVIDIA Inc.", "North America", 1, 1, 803, 803, 800, 0, 0, 0, 0, 3, None, None),
        ("other", "All other makers", "Other", 2, 2, 18, 18, 12, 0, 6, 0, 14, None, None, None),
    ]
    assert world.rows("select sum(share_pct), sum(share_robust_pct) from growth.maker where week = ?", monday(0)) == [
        (pytest.approx(100), pytest.approx(100))
    ]
    second = """
        select maker, downloads_30d, change_1_week, change_pct_1_week, downloads_30d_robust, change_robust_1_week,
               change_robust_pct_1_week, new_models, new_derivatives, downloads_30d_adapter
        from growth.maker where week = ? and maker in ('Meta', 'Alibaba') order by maker
    """
    assert world.rows(second, monday(1)) == [
        (
            "Alibaba", 2224, 30, pytest.approx(100 * 30 / 2194), 1724, -470, pytest.approx(-100 * 470 / 2194), 0, 1, 30,
        ),
        (
            "Meta", 2457, -39_400, pytest.approx(-100 * 39_400 / 41_857), 2457, -9_400, pytest.approx(-100 * 9_400 / 11_857),
            0, 0, 7,
        ),
    ]  # fmt: skip
    regions = (
        "select region, makers, models, downloads_30d, change_1_week from growth.region where week = ? order by 4 desc"
    )
    assert world.rows(regions, monday(1)) == [
        ("North America", 2, 4, 3260, -39_400), ("China", 1, 3, 2224, 30), ("Other", 0, 2, 18, 0),
    ]  # fmt: skip
    chart = """
        select maker, downloads_30d, share_pct, rank, basis, source
        from charts.maker_adoption where period_start = ? order by rank nulls last
    """
    total = 3260 + 2224 + 18
    assert world.rows(chart, monday(1)) == [
        ("Meta", 2457, pytest.approx(100 * 2457 / total), 1, "measured", "sandbox_hub"),
        ("Alibaba", 2224, pytest.approx(100 * 2224 / total), 2, "measured", "sandbox_hub"),
        ("NVIDIA", 803, pytest.approx(100 * 803 / total), 3, "measured", "sandbox_hub"),
        ("other", 18, pytest.approx(100 * 18 / total), None, "measured", "sandbox_hub"),
    ]


def test_without_the_counter_downloads_are_missing_and_not_zero(world):
    bring(world, 0, downloads=dict.fromkeys(DOWNLOADS))
    world.charts()
    figures = (
        "select downloads_30d, downloads_30d_own, downloads_30d_under_1b, share_pct, rank, models from growth.maker"
    )
    assert world.rows(f"{figures} where maker = 'Meta'") == [(None, None, None, None, None, 3)]


def test_a_change_of_the_list_marks_the_makers_that_it_can_move_models_to_or_from(world):
    bring(world, 0)
    # ann was nobody: a fine-tune of Meta's, with an adapter, a copy, and a merge with Qwen, now belongs to a maker.
    world.name_makers({**MAKERS, "Ann": ("Europe", ["ANN"])})
    bring(world, 1)
    world.charts()
    change = "select maker, change_1_week from growth.maker where week = ? order by maker"
    assert world.rows(change, monday(1)) == [
        ("Alibaba", None), ("Ann", None), ("Meta", None), ("NVIDIA", 0), ("other", None),
    ]  # fmt: skip
    assert world.rows("select models, derivatives from growth.maker where maker = 'Ann'") == [(1, 3)]
    regions = dict(world.rows("select region, change_1_week from growth.region where week = ?", monday(1)))
    assert regions == {"China": None, "Europe": None, "North America": None, "Other": None}
    bring(world, 2)
    world.charts()
    assert {change for _, change in world.rows(change, monday(2))} == {0}
    # A maker without a model on the Hub moves nothing but the rest.
    world.name_makers({**MAKERS, "Ann": ("Europe", ["ann"]), "Zed": ("Europe", ["zed"])})
    bring(world, 3)
    world.charts()
    assert world.rows(change, monday(3)) == [
        ("Alibaba", 0), ("Ann", 0), ("Meta", 0), ("NVIDIA", 0), ("other", None),
    ]  # fmt: skip


def test_a_week_is_counted_again_to_the_same_and_an_old_one_not_at_all(world):
    bring(world, 0)
    world.name_makers({**MAKERS, "Ann": ("Europe", ["ann"])})
    bring(world, 1)
    before = [world.rows(f"from {table} order by all") for table in ("core.maker_week", "core.maker_reading")]
    makers.count_week(world.connection, monday(1))
    assert [world.rows(f"from {table} order by all") for table in ("core.maker_week", "core.maker_reading")] == before
    with pytest.raises(families.OldWeekError):
        makers.count_week(world.connection, monday(0))


def test_a_week_whose_statements_were_not_taken_is_not_counted(world):
    bring(world, 0, stated=False)
    assert world.rows("select count(*) from core.maker_week") == [(0,)]


def test_a_removed_base_still_has_its_derivatives(world):
    bring(world, 0)
    bring(world, 1, gone=["meta/base"])
    found = "select sum(models)::int from core.maker_week where week = ? and maker = 'Meta' and made = ?"
    assert world.rows(found, monday(1), "own") == [(2,)]
    assert world.rows(found, monday(1), "finetune") == [(1,)]


NAMES = [f"o{n % 4}/m{n}" for n in range(9)]
GRAPH = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([None, *families.RELATION_ORDER])).filter(
        lambda edge: edge[0] != edge[1]
    ),
    max_size=18,
    unique_by=lambda edge: edge[:2],
)


def attributed(edges: Sequence[tuple[str, str, str | None]], maker_of: dict[str, str]) -> Counter[tuple[str, str]]:
    """Return how many models each maker has, by relation: a search from each model, breadth first, over plain tuples."""
    order, found = families.RELATION_ORDER, Counter[tuple[str, str]]()
    stated = {name: {relation for child, _, relation in edges if child == name} for name in NAMES}
    relation = {
        name: next((one for one in order if one in relations), "unstated" if relations else "own")
        for name, relations in stated.items()
    }
    listed = {name: maker_of[name.split("/")[0]] for name in NAMES if name.split("/")[0] in maker_of}
    originals = {name for name in listed if relation[name] != "quantized"}
    for name in NAMES:
        level, seen, nearest = {name}, {name}, None
        while level and not (hit := sorted(level & originals, key=NAMES.index)):
            level = {parent for child, parent, _ in edges if child in level} - seen
            seen |= level
        if level:
            nearest = listed[hit[0]]
        made = "own" if nearest and listed.get(name) == nearest else relation[name]
        found[nearest or "other", made] += 1
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=GRAPH, accounts=st.dictionaries(st.sampled_from(["o0", "o1", "o2"]), st.sampled_from(["A", "B"])))
def test_makers_add_up_to_all_models_of_any_graph(world, edges, accounts):
    world.connection.execute("rollback; begin")
    made = World(world.connection)
    listed = {
        maker: ("Europe", [name for name, of in accounts.items() if of == maker]) for maker in {*accounts.values()}
    }
    made.name_makers(listed)
    made.bring(0, edges, others=NAMES)
    found = made.rows("select maker, made, sum(models)::int from core.maker_week group by 1, 2")
    assert {(maker, how): models for maker, how, models in found} == attributed(edges, accounts)


def test_the_asset_counts_the_newest_week_and_without_a_week_nothing(home):
    definitions = [assets.maker_week]
    assert dg.materialize(definitions, resources={"warehouse": Warehouse()}).success
    with writing(warehouse_at(home / "working" / "tidegauge.duckdb")) as connection:
        world = World(connection)
        world.name_makers(MAKERS)
        bring(world, 0)
        connection.execute("delete from core.maker_week")
    result = dg.materialize(definitions, resources={"warehouse": Warehouse()})
    figures = result.asset_materializations_for_node("core__maker_week")[0].metadata
    assert (figures["makers"].value, figures["downloads_30d_Meta"].value) == (4, 41_857)
    with reading(home / "working" / "tidegauge.duckdb") as connection:
        assert connection.execute("select sum(models)::int from core.maker_week").fetchall() == [(19,)]
