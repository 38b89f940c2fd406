"""Licences: the tags of each week, in the classes of today."""

import itertools
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from instances import instance_in_memory
from replay import Replay, model
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.http.hub_service import hub_service
from assets.hub.load_records import read_records
from assets.hub.walk import walk_models
from assets.resources import Clock
from pipelines.outcome import Outcome
from pipelines.refresh import ExitCode, refresh
from pipelines.sandbox.server import Sandbox
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.facts.observations import record
from warehouse.hub import models, weekly_totals
from warehouse.pages.charts.registry import CHARTS
from warehouse.pages.text_macros import create_text_macros
from warehouse.seeds import published_figures
from warehouse.seeds.csv_reader import CuratedError, read_seeds
from warehouse.tables import growth
from warehouse.tables.charts.models import LICENCE_DRIFT, LICENCES

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
WEEK = date(2026, 11, 16)
READINGS = itertools.count()  # no two readings have the same recorded_at


@pytest.fixture(scope="module")
def curated_warehouse(tmp_path_factory):
    """Return the file of a warehouse with all curated data and no model."""
    path = tmp_path_factory.mktemp("curated") / "w.duckdb"
    with writing(warehouse_at(path)) as connection:
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
    return path


@pytest.fixture
def warehouse(tmp_path, curated_warehouse):
    """Return a writing connection to a copy of it."""
    with writing(Path(shutil.copyfile(curated_warehouse, tmp_path / "w.duckdb"))) as connection:
        yield connection


def tagged(*licences: str | None) -> list[dict[str, Any]]:
    """Return models with these licences; model n has n downloads."""
    return [
        model(number, tags=["region:us", *([] if licence is None else [f"license:{licence}"])])
        for number, licence in enumerate(licences, 1)
    ]


def week(connection, folder: Path, records: list[dict[str, Any]], weeks: int = 0) -> None:
    now = NOW + timedelta(weeks=weeks)
    with Replay([records]) as replay:
        walk = walk_models(hub_service(replay.url, None), folder, now)
    read_records(connection, walk, {})
    models.add_week(connection, walk.week)
    record(connection, weekly_totals.week_of_observations(connection, walk), now + timedelta(seconds=next(READINGS)))


def charted(connection, table, columns):
    for derived in (*growth.TABLES[:3], table):
        derive(connection, derived)
    return connection.execute(f"select {columns} from {table.name} order by all").fetchall()


def findings(connection) -> list[str]:
    create_text_macros(connection)
    chart = next(chart for chart in CHARTS if chart.table is LICENCES)
    return [text for (text,) in connection.execute(chart.finding_select).fetchall()]


def test_each_class_by_models_and_by_downloads(tmp_path, warehouse):
    licences = [
        "apache-2.0",
        "mit",
        "gpl-3.0",
        "cc-by-sa-4.0",
        "llama3.1",
        "openrail",
        "cc-by-nc-4.0",
        "other",
        "my-own",
        None,
    ]
    week(warehouse, tmp_path, tagged(*licences))
    columns = (
        "licence_class, models, downloads_30d, share_of_models_pct, share_of_downloads_pct, models_for_commercial_use"
    )
    assert charted(warehouse, LICENCES, columns) == [
        (name, number, downloads, 10.0 * number, pytest.approx(100 * downloads / 55), commercial)
        for name, number, downloads, commercial in (
            ("copyleft", 2, 3 + 4, 2), ("non-commercial", 1, 7, 0), ("none stated", 1, 10, 0),
            ("not classified", 2, 8 + 9, 0), ("permissive", 2, 1 + 2, 2), ("use-restricted", 2, 5 + 6, 2),
        )
    ]  # fmt: skip


def test_what_nobody_has_classified_is_counted_as_unknown(tmp_path, warehouse):
    # `other` is listed, and says nothing; `my-own` and `odd` are not listed; one model states no licence.
    week(warehouse, tmp_path, tagged("mit", "other", "my-own", "my-own", "odd", None))
    columns = "licence_class, models, unlisted_labels, models_with_unlisted_label"
    assert charted(warehouse, LICENCES, columns) == [
        ("none stated", 1, 0, 0),
        ("not classified", 4, 2, 3),
        ("permissive", 1, 0, 0),
    ]
    (finding,) = findings(warehouse)
    assert finding.endswith("% of models state no licence; licence labels without a class: 2, on 3 models.")
    warehouse.execute("insert into core.licence_class by name select unnest(['my-own', 'odd']) as licence, 'x' as title, "
                      "'use-restricted' as licence_class")  # fmt: skip
    assert charted(warehouse, LICENCES, columns) == [
        ("none stated", 1, 0, 0),
        ("not classified", 1, 0, 0),
        ("permissive", 1, 0, 0),
        ("use-restricted", 3, 0, 0),
    ]
    (finding,) = findings(warehouse)
    assert finding.endswith("% of models state no licence.")


def test_a_corrected_class_holds_for_every_week_and_nothing_is_recorded_anew(tmp_path, warehouse):
    week(warehouse, tmp_path, tagged("mit", "my-own"))
    week(warehouse, tmp_path, tagged("my-own", "my-own"), weeks=1)
    before = warehouse.execute("select count(*) from core.observation").fetchall()
    warehouse.execute("insert into core.licence_class by name select 'my-own' as licence, 'Mine' as title, "
                      "'use-restricted' as licence_class")  # fmt: skip
    assert charted(warehouse, LICENCES, "period_start, licence_class, models") == [
        (WEEK, "permissive", 1),
        (WEEK, "use-restricted", 1),
        (WEEK + timedelta(weeks=1), "use-restricted", 2),
    ]
    assert warehouse.execute("select count(*) from core.observation").fetchall() == before


def test_a_week_read_again_leaves_no_licence_behind(tmp_path, warehouse):
    week(warehouse, tmp_path / "first", tagged("mit", "gemma"))
    week(warehouse, tmp_path / "second", tagged("mit", "mit"))
    assert charted(warehouse, LICENCES, "licence_class, models, downloads_30d, share_of_models_pct") == [
        ("permissive", 2, 3, 100.0)
    ]
    week(warehouse, tmp_path / "third", tagged("mit", "gemma"))
    assert charted(warehouse, LICENCES, "licence_class, models") == [("permissive", 1), ("use-restricted", 1)]


def test_thousands_of_free_words_stay_few_series_and_known_tags_are_kept(tmp_path, warehouse, monkeypatch):
    monkeypatch.setattr(weekly_totals, "LICENCES_KEPT", 2)
    licences = ["often"] * 3 + ["sometimes"] * 2 + [f"once-{n}" for n in range(20)] + ["zlib", None]
    week(warehouse, tmp_path, tagged(*licences))
    assert warehouse.execute(
        "select entity, value from core.observation where metric = 'hub_models_by_licence' order by all"
    ).fetchall() == [("none stated", 1), ("not classified", 20), ("often", 3), ("sometimes", 2), ("zlib", 1)]


def test_without_the_curated_files_the_week_is_recorded_all_the_same(tmp_path):
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        week(connection, tmp_path, tagged("mit", "gemma", None))
        assert charted(connection, LICENCES, "licence_class, models") == [("none stated", 1), ("not classified", 2)]
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        assert charted(connection, LICENCES, "licence_class, models") == [
            ("none stated", 1),
            ("permissive", 1),
            ("use-restricted", 1),
        ]


def test_unknown_downloads_are_not_none(tmp_path, warehouse):
    week(warehouse, tmp_path, [record | {"downloads": None} for record in tagged("mit", "mit")])
    assert charted(warehouse, LICENCES, "models, downloads_30d, share_of_downloads_pct") == [(2, None, None)]


TAGS = st.none() | st.sampled_from(["mit", "gemma", "gpl-3.0", "cc-by-nc-4.0", "other", "a word", "none stated"])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TAGS, min_size=1, max_size=30))
def test_shares_add_up_to_a_hundred_and_models_to_all(tmp_path_factory, warehouse, licences):
    week(warehouse, tmp_path_factory.mktemp("walk"), tagged(*licences))
    found = charted(warehouse, LICENCES, "models, downloads_30d, share_of_models_pct, share_of_downloads_pct")
    assert sum(row[0] for row in found) == len(licences)
    assert sum(row[1] for row in found) == sum(range(1, len(licences) + 1))
    assert sum(row[2] for row in found) == pytest.approx(100)
    assert sum(row[3] for row in found) == pytest.approx(100)


def test_drift_from_parent_to_child(tmp_path, warehouse):
    records = [*tagged("llama3", "apache-2.0", "llama3", "mit", None, "gemma"), model(7)]
    week(warehouse, tmp_path, records)
    key = dict(warehouse.execute("select id, model_key from core.model").fetchall())
    keys = {number: key[record["id"]] for number, record in enumerate(records, 1)}
    earlier = WEEK - timedelta(weeks=1)
    for child, parent, relation, last_seen in (
        (2, 1, "finetune", WEEK), (4, 1, "finetune", WEEK), (3, 1, "finetune", WEEK), (5, 1, "finetune", WEEK),
        (1, 2, "merge", WEEK), (6, 1, "quantized", earlier), (7, 6, None, WEEK),
    ):  # fmt: skip
        warehouse.execute(
            "insert into base.model_edge values (?, ?, ?, 'tag', ?, ?)",
            [keys[child], keys[parent], relation, earlier, last_seen],
        )
    warehouse.execute("update core.model set removed_in = ? where model_key = ?", [WEEK, keys[6]])
    columns = "relation, parent_class, child_class, edges, models, downloads_30d, is_more_permissive, basis, source"
    source = "hugging_face_hub"
    assert charted(warehouse, LICENCE_DRIFT, columns) == [
        ("finetune", "use-restricted", "none stated", 1, 1, 5, None, "measured", source),
        ("finetune", "use-restricted", "permissive", 2, 2, 6, True, "measured", source),
        ("finetune", "use-restricted", "use-restricted", 1, 1, 3, False, "measured", source),
        ("merge", "permissive", "use-restricted", 1, 1, 1, False, "measured", source),
        (None, "use-restricted", "permissive", 1, 1, 7, True, "measured", source),
    ]


def test_the_tags_of_the_hub_are_classified():
    records = published_figures.read_folder(published_figures.CURATED, SOURCE_ROWS)["licence_class"]
    classes = {
        record.row["licence"]: (record.row["licence_class"], record.row["permits_commercial_use"]) for record in records
    }
    assert len(classes) >= 80
    assert classes["apache-2.0"] == ("permissive", True)
    assert classes["lgpl-3.0"] == classes["mpl-2.0"] == classes["cc-by-sa-4.0"] == ("copyleft", True)
    assert classes["llama2"] == classes["openrail++"] == classes["gemma"] == ("use-restricted", True)
    assert classes["other"] == classes["unknown"] == ("not classified", None)
    assert {found for tag, found in classes.items() if tag.startswith("cc-by-nc")} == {("non-commercial", False)}


@pytest.mark.parametrize(
    ("name", "row", "problem"),
    [
        ("licence_class", "mit,MIT,permissive,yes,,", "column licence: 'mit' occurs already"),
        ("licence_class", "new,New,permissive,perhaps,,", "column permits_commercial_use: expected yes, no or nothing"),
        ("hardware", "X,Y,consumer,many,2024,https://x", "column memory_gb: expected a number in plain digits"),
        (
            "notable_model",
            "a/b,A,2024-05-02,month,7,,,https://x,",
            "the first day of the period; found released_on 2024-05-02, date_precision 'month'",
        ),
        ("memory_assumption", "x,,share,because,", "column value: is empty; expected is a value"),
    ],
)
def test_what_is_wrong_in_a_file_of_reference_data_is_told_by_line_and_column(tmp_path, name, row, problem):
    folder = Path(shutil.copytree(published_figures.CURATED / "reference", tmp_path / "reference"))
    with (folder / f"{name}.csv").open("a", encoding="utf-8") as file:
        file.write(row + "\n")
    with pytest.raises(CuratedError) as raised:
        read_seeds(tmp_path, published_figures.REFERENCE_DATA)
    assert len(raised.value.problems) == 1
    line = len((folder / f"{name}.csv").read_text(encoding="utf-8").splitlines())
    assert f"{name}.csv:{line}: " in str(raised.value)
    assert problem in str(raised.value)


@pytest.mark.scale
def test_a_refresh_fills_the_charts_of_licences_and_sizes(home, monkeypatch):
    with Sandbox(models=2500) as sandbox, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", sandbox.url)
        truth = []
        for number in range(2):
            sandbox.week = number
            clock = Clock(simulated_now=sandbox.world.now(number).isoformat())
            assert refresh(instance, clock) == Outcome(ExitCode.WELL, {})
            truth.append(sandbox.world.truth(number))
    with duckdb.connect(str(home / "published" / "tidegauge.duckdb"), read_only=True) as connection:
        sums = "sum(models)::bigint, sum(downloads_30d)::bigint, round(sum(share_of_models_pct), 6)"
        assert connection.execute(
            f"select {sums}, count(*) from charts.licences group by period_start, basis, source order by period_start"
        ).fetchall() == [(t.models, t.downloads, 100.0, 6) for t in truth]
        assert connection.execute(
            "select count(*), count(distinct period_start), min(coverage_pct) > 0 from charts.laptop_models "
            "where basis = 'estimated'"
        ).fetchall() == [(24, 2, True)], "also of the first week"
        assert connection.execute(
            "select distinct parameters_source, source from charts.gpu_requirements order by all"
        ).fetchall() == [("measured", "sandbox_hub"), ("published", "curated")]
        assert connection.execute(
            "select count(parameters_b), count(memory_gb) from core.model where library = 'diffusers'"
        ).fetchall() == [(0, 0)]
