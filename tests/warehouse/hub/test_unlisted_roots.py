"""Large roots that no family holds: counted, named on the page, and told once when they become large."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lineage_world import NOW, World, monday

from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.hub import closure, families
from warehouse.pages.queries import page_query
from warehouse.pages.text_macros import create_text_macros
from warehouse.release.alerts import keep_new
from warehouse.tables import growth
from warehouse.tables.charts.hub import MODEL_DERIVATIVES

FAMILIES = {"qwen": ("", ["Qwen/Qwen-7B"])}


@pytest.fixture
def world(tmp_path, prepared) -> Iterator[World]:
    with writing(Path(shutil.copy(prepared, tmp_path / "w.duckdb"))) as connection:
        made = World(connection)
        made.name_makers({"Acme": ("Europe", ["acme"])})
        made.name_families(FAMILIES, tmp_path / "curated")
        yield made


def below(root: str, number: int, name: str = "tune") -> list[tuple[str, str, str | None]]:
    """Return the edges of so many fine-tunes of a root."""
    return [(f"ann/{name}-{one}", root, "finetune") for one in range(number)]


def counted(world: World, week: int, edges: list[tuple[str, str, str | None]], **given) -> None:
    world.bring(week, edges, **given)
    closure.close(world.connection)
    families.count_week(world.connection, monday(week))


def told(world: World, week: int) -> list[tuple]:
    """Derive the events of a week, keep the new ones, and return what each says of an unlisted root."""
    for table in growth.TABLES:
        derive(world.connection, table)
    world.connection.execute(
        "insert into meta.release (version, published_at, weeks, schema_version, checksums) select ?, ?, 1, 1, map {} ",
        [week + 1, NOW + timedelta(weeks=week, hours=-1)],
    )
    keep_new(world.connection, NOW + timedelta(weeks=week))
    return world.rows(
        "select entity, unit, value_before, value, threshold from meta.event where kind = 'unlisted_root' order by all"
    )


def test_a_large_root_in_no_family_is_listed_with_what_no_family_holds(world):
    merges = [(f"bob/merge-{one}", parent, "merge") for one in range(2) for parent in ("acme/zeta-7b", "Qwen/Qwen-7B")]
    edges = [
        *below("acme/zeta-7b", 9), *merges, ("bob/child", "ann/tune-0", "adapter"),
        *below("acme/small", 9, "small"), *below("Qwen/Qwen-7B", 15, "qwen"),
    ]  # fmt: skip
    downloads = {"acme/zeta-7b": 500, "solo/embedder": 100_000, "solo/less": 99_999, "Qwen/Qwen-7B": 900_000}
    counted(world, 0, edges, others=["solo/embedder", "solo/less"], downloads=downloads, gone=["ann/tune-8"])
    listed = world.rows(
        "select name, maker, descendants, downloads_30d, models_unnamed, downloads_30d_unnamed, first_seen "
        "from core.unlisted_root order by descendants desc"
    )
    # Of zeta: eight of nine tunes are on the Hub, two merges and a child. The merges are in qwen, and so named.
    assert listed == [
        ("acme/zeta-7b", "Acme", 11, 500, 10, 500 + 9 * 10, monday(0)),
        ("solo/embedder", None, 0, 100_000, 1, 100_000, monday(0)),
    ]
    world.name_families({**FAMILIES, "zeta": ("", ["acme/zeta-7b"])}, world_folder(world))
    families.count_week(world.connection, monday(0))
    assert world.rows("select name from core.unlisted_root") == [("solo/embedder",)]


def world_folder(world: World) -> Path:
    ((file,),) = world.rows("select path from duckdb_databases() where database_name = current_database()")
    return Path(file).parent / "curated"


def test_the_chart_says_how_many_are_not_yet_named(world):
    counted(world, 0, below("acme/zeta-7b", 10), others=["Qwen/Qwen-7B"], downloads={"acme/zeta-7b": None})
    for table in (*growth.TABLES, MODEL_DERIVATIVES):
        derive(world.connection, table)
    create_text_macros(world.connection)
    ((finding,),) = world.rows(page_query("model_derivatives/finding"))
    assert finding.endswith(
        "Not yet named: 1 large root in no family, with their derivatives 11 models and 100 downloads in 30 days."
    )


def test_a_root_that_becomes_large_is_told_once_also_under_another_name(world):
    counted(world, 0, below("acme/zeta-7b", 99), others=["acme/old", "solo/embedder"], downloads={"solo/embedder": 5})
    assert told(world, 0) == []
    grown = {"solo/embedder": 1_000_000}
    counted(world, 1, below("acme/zeta-7b", 100), others=["solo/embedder"], downloads=grown)
    expected = [
        ("acme/zeta-7b", "models", 99, 100, 100), ("solo/embedder", "downloads", 5, 1_000_000, 1_000_000),
    ]  # fmt: skip
    assert told(world, 1) == expected
    assert world.rows("select distinct is_news from meta.event where kind = 'unlisted_root'") == [(True,)]
    counted(world, 2, below("acme/zeta-7b", 98), others=["solo/embedder"], downloads=grown)
    assert told(world, 2) == expected
    world.connection.execute("update core.model set id = 'acme/zeta-renamed' where id = 'acme/zeta-7b'")
    world.keys["acme/zeta-renamed"] = world.keys["acme/zeta-7b"]
    counted(world, 3, below("acme/zeta-renamed", 120), others=["solo/embedder"], downloads=grown)
    assert told(world, 3) == expected


def test_a_root_that_was_large_from_the_first_week_is_no_news(world):
    for week in (0, 1):
        counted(world, week, below("acme/zeta-7b", 150), downloads={"acme/zeta-7b": 2_000_000})
        assert told(world, week) == []


@pytest.mark.parametrize(("before", "after"), [(5, "after 5 on"), (0, "after 0 on"), (None, "after no reading on")])
def test_a_missing_reading_before_is_not_told_as_0(world, before, after):
    counted(world, 0, [], others=["solo/embedder"], downloads={"solo/embedder": before})
    assert told(world, 0) == []
    counted(world, 1, [], others=["solo/embedder"], downloads={"solo/embedder": 1_000_000})
    told(world, 1)
    ((statement,),) = world.rows("select statement from meta.event where kind = 'unlisted_root'")
    assert f"1,000,000, {after} {monday(0)}." in statement
