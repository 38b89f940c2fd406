"""Facets of models from their tags: what is stored for a model, and the weekly totals, in a world with known truth."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import Replay, model
from warehouses import warehouse_at

from assets.http.hub_service import hub_service
from assets.hub.load_records import read_records
from assets.hub.walk import walk_models
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.hub import concentration, events, facets, models
from warehouse.seeds import csv_reader
from warehouse.tables.charts.hub import CONCENTRATION, FACETS
from warehouse.tables.facets import ADDING_UP, NONE, OTHER

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
FIRST = NOW.date()
LISTED = Path(csv_reader.__file__).parent / "reference" / "facet_tag.csv"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        yield connection


def take(connection: duckdb.DuckDBPyConnection, folder: Path, records: list[dict[str, Any]], week: int = 0) -> date:
    """Walk over these records in a week, and load them with their facets."""
    moment = NOW + timedelta(weeks=week)
    with Replay([sorted(records, key=lambda one: str(one["_id"]))]) as replay:
        walk = walk_models(hub_service(replay.url, None), folder / f"landing{week}", moment)
    read_records(connection, walk, {})
    models.add_week(connection, walk.week)
    events.add_week(connection, walk.week, walk.edge, walk.source)
    facets.add_week(connection, walk.week)
    return walk.week


def totals(connection: duckdb.DuckDBPyConnection, facet: str, week: date = FIRST) -> dict[str, tuple[Any, ...]]:
    rows = connection.execute(
        "select value, models, downloads_30d, models_new from core.facet_week where facet = ? and week = ?",
        [facet, week],
    ).fetchall()
    return {value: tuple(figures) for value, *figures in rows}


def stored(connection: duckdb.DuckDBPyConnection, number: int) -> tuple[Any, ...]:
    return connection.execute(
        "select formats, languages, quantisation, bits, region, datasets from core.model_facets where hub_id = ?",
        [model(number)["_id"]],
    ).fetchall()[0]


def test_a_model_has_the_facets_that_its_tags_state(connection, tmp_path):
    tags = [
        "transformers", "safetensors", "mlx", "fr", "en", "fr", "trl", "zz", "4-bit", "nvfp4", "dataset:a/b", "dataset:c",
        "dataset:a/b", "region:eu", "license:mit", "base_model:x/en", "arxiv:2401.00001", "EN", "NVFP4",
    ]  # fmt: skip
    take(
        connection,
        tmp_path,
        [model(1, tags=tags), model(2, tags=[]), model(3, tags=None), model(4, tags=["region: en"])],
    )
    assert stored(connection, 1) == (["mlx", "safetensors"], ["en", "fr"], ["nvfp4"], ["4"], "eu", 2)
    for number in (2, 3, 4):
        assert stored(connection, number) == ([], [], [], [], None, 0)


def test_totals_computed_by_hand(connection, tmp_path):
    week = take(
        connection,
        tmp_path,
        [
            model(1, tags=["gguf", "en"], pipeline_tag="text-generation", downloads=5),
            model(
                2, tags=["safetensors", "mlx", "en", "zh"], pipeline_tag="fill-mask", library_name="mlx", downloads=7
            ),
            model(3, tags=["region:us"], pipeline_tag="made-up-task", downloads=None),
            model(4, tags=None, downloads=0),
        ],
    )
    assert totals(connection, "format", week) == {
        "gguf": (1, 5, None), "safetensors": (1, 7, None), "mlx": (1, 7, None), NONE: (2, 0, None),
    }  # fmt: skip
    assert totals(connection, "language", week) == {"en": (2, 12, None), "zh": (1, 7, None), NONE: (2, 0, None)}
    assert totals(connection, "region", week) == {"us": (1, None, None), NONE: (3, 12, None)}
    assert totals(connection, "modality", week) == {"text": (2, 12, None), OTHER: (1, None, None), NONE: (1, 0, None)}
    assert totals(connection, "task", week)["made-up-task"] == (1, None, None)
    assert totals(connection, "library", week) == {"mlx": (1, 7, None), NONE: (3, 5, None)}
    assert totals(connection, "dataset", week) == {NONE: (4, 12, None)}


def test_what_adds_up_says_so(connection, tmp_path):
    take(connection, tmp_path, [model(n, tags=["en", "fr", "gguf", "onnx"][: n % 5], downloads=n) for n in range(20)])
    rows = connection.execute(
        "select facet, any_value(adds_up), count(distinct adds_up), sum(models), sum(downloads_30d) "
        "from core.facet_week group by facet"
    ).fetchall()
    assert {facet for facet, adds_up, *_ in rows if adds_up} == set(ADDING_UP)
    for facet, adds_up, kinds, number, downloads in rows:
        assert kinds == 1
        if adds_up:
            assert (number, downloads) == (20, sum(range(20))), facet


def test_only_the_most_frequent_datasets_have_totals_of_their_own(connection, tmp_path, monkeypatch):
    monkeypatch.setattr(facets, "VALUES_KEPT", 2)
    named = [["a/a"], ["a/a", "b"], ["b", "c", "d"], ["c/odd name"], ["(none)"], []]
    records = [model(n, tags=[f"dataset:{name}" for name in names], downloads=1) for n, names in enumerate(named)]
    week = take(connection, tmp_path, records)
    assert totals(connection, "dataset", week) == {
        "a/a": (2, 2, None), "b": (2, 2, None), OTHER: (3, 3, None), NONE: (1, 1, None),
    }  # fmt: skip


def test_the_rest_of_a_facet_is_one_total(connection, tmp_path, monkeypatch):
    monkeypatch.setattr(facets, "VALUES_KEPT", 1)
    tasks = ["x", "x", "y", "z", None]
    week = take(connection, tmp_path, [model(n, pipeline_tag=task, downloads=1) for n, task in enumerate(tasks)])
    assert totals(connection, "task", week) == {"x": (2, 2, None), OTHER: (2, 2, None), NONE: (1, 1, None)}


def test_facets_change_with_the_tags_and_a_combination_is_stored_once(connection, tmp_path):
    take(connection, tmp_path, [model(1, tags=["en"]), model(2, tags=["en"]), model(3, tags=["fr"])])
    week = take(connection, tmp_path, [model(1, tags=["en"]), model(2, tags=["fr"]), model(4, tags=[])], week=1)
    languages = connection.execute("select languages from core.model_facets order by hub_id").fetchall()
    assert languages == [(["en"],), (["fr"],), (["fr"],), ([],)]
    assert connection.execute("select count(*) from core.facet_set").fetchall() == [(3,)]
    # Model 3 is gone, and keeps its facets; it no longer counts.
    assert totals(connection, "language", week) == {"en": (1, 1, 0), "fr": (1, 2, 0), NONE: (1, 4, 1)}


def test_a_second_load_of_a_week_replaces_the_first(connection, tmp_path):
    take(connection, tmp_path, [model(1, tags=["en"])])
    take(connection, tmp_path / "first", [model(1, tags=["en"]), model(2, tags=["zh"]), model(5, tags=["zh"])], week=1)
    take(connection, tmp_path / "second", [model(1, tags=["fr"]), model(3, tags=["ja"])], week=1)
    week = NOW.date() + timedelta(weeks=1)
    assert totals(connection, "language", week) == {"fr": (1, 1, 0), "ja": (1, 3, 1)}
    assert connection.execute("select hub_id from core.model_facets order by 1").fetchall() == [
        (model(1)["_id"],),
        (model(3)["_id"],),
    ]


def test_growth_of_a_facet_computed_by_hand(connection, tmp_path):
    take(connection, tmp_path, [model(1, tags=["gguf"], downloads=10), model(2, tags=["onnx"], downloads=0)])
    records = [model(1, tags=["gguf"], downloads=12), model(2, tags=["gguf"], downloads=3), model(3, downloads=5)]
    week = take(connection, tmp_path, records, week=1)
    rows = connection.execute(
        "select value, models, models_change_1_week, change_1_week, change_pct_1_week, change_4_weeks, "
        "share_of_models_pct, share_of_downloads_pct from growth.facet where facet = 'format' and week = ? order by 1",
        [week],
    ).fetchall()
    assert rows == [
        (NONE, 1, None, None, None, None, pytest.approx(100 / 3), 25),
        ("gguf", 2, 1, 5, 50, None, pytest.approx(200 / 3), 75),
    ]


def test_the_charts_show_the_stored_weeks_with_shares(connection, tmp_path):
    take(connection, tmp_path, [model(1, tags=["gguf"], downloads=1), model(2, tags=None, downloads=3)])
    concentration.add_week(connection, FIRST)
    derive(connection, FACETS)
    derive(connection, CONCENTRATION)
    rows = connection.execute(
        "select value, adds_up, models, share_of_models_pct, share_of_downloads_pct, basis, source from charts.facets "
        "where facet = 'format' order by value"
    ).fetchall()
    assert rows == [
        (NONE, False, 1, 50, 75, "measured", "hugging_face_hub"),
        ("gguf", False, 1, 50, 25, "measured", "hugging_face_hub"),
    ]
    shown = connection.execute(
        "select entity, entities, share_of_top_1_pct, gini, basis, source from charts.concentration order by entity"
    ).fetchall()
    assert shown == [(entity, 2, 75, 0.25, "measured", "hugging_face_hub") for entity in ("author", "model")]


def test_the_parser_keeps_every_listed_tag(connection, tmp_path):
    with LISTED.open(encoding="utf-8") as file:
        listed = [row for row in csv.DictReader(file) if row["facet"] != "modality"]
    take(connection, tmp_path, [model(1, tags=sorted({row["tag"] for row in listed}))])
    due = {facet: sorted({row["value"] for row in listed if row["facet"] == facet}) for facet in
           ("format", "language", "quantisation", "bits")}  # fmt: skip
    assert stored(connection, 1)[:4] == tuple(due.values())


TAG = st.sampled_from(
    ["gguf", "onnx", "en", "fr", "zz", "4-bit", "region:us", "dataset:a", "dataset:b/c", "x", "license:mit"]
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.lists(TAG, max_size=5), st.none() | st.integers(0, 9)), min_size=1, max_size=12))
def test_each_total_is_a_count_over_the_models(tmp_path_factory, world):
    folder = tmp_path_factory.mktemp("facets")
    kinds = {"format": {"gguf", "onnx"}, "language": {"en", "fr"}, "dataset": {"dataset:a", "dataset:b/c"}}
    with writing(warehouse_at(folder / "w.duckdb")) as connection:
        week = take(connection, folder, [model(n, tags=tags, downloads=d) for n, (tags, d) in enumerate(world)])
        for facet, values in kinds.items():
            number: Counter[str] = Counter()
            downloads: dict[str, list[int]] = {}
            for tags, counter in world:
                for value in values.intersection(tags) or {NONE}:
                    number[value.removeprefix("dataset:")] += 1
                    downloads.setdefault(value.removeprefix("dataset:"), []).extend(
                        [] if counter is None else [counter]
                    )
            due = {value: (n, sum(downloads[value]) if downloads[value] else None, None) for value, n in number.items()}
            assert totals(connection, facet, week) == due
