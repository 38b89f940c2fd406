"""A family that is listed later has the counts of earlier weeks that it would have had if it had been listed from the start."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage_world import World, monday

from warehouse.database.connection import writing
from warehouse.hub import families

LISTED = {"qwen": ("", ["Qwen/qwen"])}
LATER = {**LISTED, "zeta": ("", ["acme/zeta-1"]), "zeta-2": ("zeta", ["acme/zeta-2"])}
Edge = tuple[str, str, str | None]


@pytest.fixture
def world(tmp_path, prepared) -> Iterator[World]:
    with writing(Path(shutil.copy(prepared, tmp_path / "w.duckdb"))) as connection:
        yield World(connection)


def counts(world: World) -> dict[str, list[tuple]]:
    """Return all counts, without those of what counts once: these are unknown in weeks that are counted back."""
    return {
        "weeks": world.rows("select columns(name -> not suffix(name, '_once')) from core.family_week order by all"),
        "readings": world.rows(
            "select columns(name -> not suffix(name, '_once') and name <> 'counted_in') from core.family_reading order by all"
        ),
        "members": world.rows("from core.family_member order by all"),
    }


WEEKS: Sequence[tuple[list[Edge], dict[str, object]]] = [
    ([("ann/tune", "acme/zeta-1", "finetune"), ("bob/gguf", "ann/tune", "quantized")], {"others": ["Qwen/qwen", "acme/zeta-2"]}),
    # ann's model is gone, and still the base of bob's; a copy and a merge are new.
    (
        [("bob/gguf", "ann/tune", "quantized"), ("cy/gguf", "acme/zeta-2", "quantized"), ("dee/merge", "Qwen/qwen", "merge"),
         ("dee/merge", "acme/zeta-1", "merge")],
        {"others": ["acme/zeta-1", "ann/tune"], "gone": ["ann/tune"], "downloads": {"cy/gguf": 70, "dee/merge": None}},
    ),
    ([("bob/gguf", "ann/tune", "quantized")], {"others": ["acme/zeta-1", "acme/zeta-2", "Qwen/qwen"], "stated": False}),
    # ann's model is back, and made from another; bob's states no base any more.
    (
        [("ann/tune", "acme/zeta-2", "adapter"), ("cy/gguf", "acme/zeta-2", "quantized"), ("acme/own", "cy/gguf", "finetune")],
        {"others": ["acme/zeta-1", "Qwen/qwen", "bob/gguf"]},
    ),
    ([("ann/tune", "acme/zeta-2", "adapter"), ("eve/one", "eve/two", None), ("eve/two", "eve/one", "merge"),
      ("eve/one", "acme/zeta-1", None)], {"others": ["Qwen/qwen"]}),
]  # fmt: skip


def bring(world: World, weeks: Sequence[int]) -> None:
    for week in weeks:
        edges, given_by_name = WEEKS[week]
        world.bring(week, edges, **given_by_name)  # type: ignore[arg-type]


def test_a_family_that_is_listed_later_is_counted_in_the_weeks_before(world, tmp_path):
    world.name_families(LISTED, tmp_path / "curated")
    bring(world, range(3))
    before = world.rows("from core.family_week order by all")
    world.name_families(LATER, tmp_path / "curated")
    bring(world, range(3, 5))
    sizes = "select week, sum(models)::int from core.family_week where family = ? group by week order by week"
    assert world.rows(sizes, "zeta") == [(monday(0), 2), (monday(1), 3), (monday(3), 3), (monday(4), 3)]
    assert world.rows(sizes, "zeta-2") == [(monday(1), 1), (monday(3), 3), (monday(4), 1)]
    parts = "select depth, relation, is_quantized_copy, downloads_30d from core.family_week "
    assert world.rows(f"{parts} where family = ? and week = ? and models > 0 order by all", "zeta", monday(1)) == [
        (1, "merge", False, None), (1, "quantized", True, 70), (2, "quantized", False, 10),
    ]  # fmt: skip
    assert world.changes("zeta", 1) == (2, 1)
    assert world.changes("zeta", 3) == (None, None), "the week before has no count"
    assert world.changes("zeta", 4) == (2, 2), "the first count after the listing is compared with the one before it"
    counted_in = "select family, week, counted_in from core.family_reading where counted_in is not null order by all"
    assert world.rows(counted_in) == [
        (family, monday(week), monday(3)) for family in ("zeta", "zeta-2") for week in (0, 1)
    ]
    of_qwen = "from core.family_week where family = 'qwen' and week < ? order by all"
    assert world.rows(of_qwen, monday(3)) == before, "what was counted stays as it was"
    world.charts()
    chart = "select period_start, derivatives, growth_pct from charts.model_derivatives where family = ? order by 1"
    assert world.rows(chart, "zeta") == [
        (monday(0), 2, None), (monday(1), 3, 50.0), (monday(3), 3, None), (monday(4), 3, 0.0),
    ]  # fmt: skip


def test_counting_back_ends_with_what_counting_from_the_start_has(world, tmp_path):
    world.name_families(LATER, tmp_path / "curated")
    bring(world, range(5))
    expected = counts(world)
    once = (
        "select week, family, models_counted_once from core.family_week where family <> 'qwen' or week = ? order by all"
    )
    expected_once = world.rows(once, monday(4))
    world.connection.execute("delete from core.family_reading where family <> 'qwen'")
    world.connection.execute("delete from core.family_week where family <> 'qwen'")
    world.connection.execute("delete from core.family_member where family <> 'qwen'")
    families.count_week(world.connection, monday(4))
    assert counts(world) == expected
    assert world.rows(once, monday(4)) == [
        (week, family, number if week == monday(4) else None) for week, family, number in expected_once
    ]
    families.count_week(world.connection, monday(4))
    assert counts(world) == expected, "counted once, nothing is missing"


NAMES = [f"o{n % 3}/m{n}" for n in range(7)]
EDGES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([None, *families.RELATION_ORDER])).filter(
        lambda edge: edge[0] != edge[1]
    ),
    max_size=12,
    unique_by=lambda edge: edge[:2],
)
PAST = st.lists(st.tuples(EDGES, st.sets(st.sampled_from(NAMES), max_size=3)), min_size=2, max_size=4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(past=PAST, roots=st.lists(st.sampled_from(NAMES), min_size=3, max_size=3, unique=True))
def test_any_past_is_counted_as_it_was(world, tmp_path, past, roots):
    world.connection.execute("rollback; begin")
    made = World(world.connection)
    named = {"wide": ("", roots[:1]), "narrow": ("wide", roots[1:2]), "other": ("", roots[2:])}
    made.name_families(named, tmp_path)
    made.bring(0, [], others=NAMES)
    for week, (edges, gone) in enumerate(past, start=1):
        made.bring(week, [edge for edge in edges if edge[0] not in gone], others=NAMES, gone=list(gone))
    expected = counts(made)
    for table in ("core.family_reading", "core.family_week", "core.family_member"):
        made.connection.execute(f"delete from {table} where family <> 'other'")
    families.count_week(made.connection, monday(len(past)))
    assert counts(made) == expected
