"""Curated files: their rows are loaded once, and every error in them is reported by file, line and column."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assets.declared_sources import SOURCE_ROWS
from warehouse.database.connection import writing
from warehouse.database.schema import prepare
from warehouse.seeds.csv_reader import CuratedError
from warehouse.seeds.published_figures import CURATED, FIGURES, curated_observations, load, read_folder

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
LATER = datetime(2026, 1, 12, 6, tzinfo=UTC)
PUBLISHED_ON = datetime(2023, 8, 14, tzinfo=UTC)
# Stand-ins of the sandbox for collected sources are in no file.
WITHOUT_TWINS = "meta.source where source = 'sandbox_hub' or not starts_with(source, 'sandbox_')"


@pytest.fixture
def folder(tmp_path):
    """A copy of the curated files that a test may change."""
    return Path(shutil.copytree(CURATED, tmp_path / "curated"))


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "working.duckdb"
    with writing(path) as connection:
        prepare(connection, NOW)
    return path


def change_file(folder, name, old, new):
    file = folder / f"{name}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def rows(name, folder=CURATED):
    return [record.row for record in read_folder(folder, SOURCE_ROWS)[name] if record.file.endswith(".csv")]


def problems(folder):
    with pytest.raises(CuratedError) as raised:
        curated_observations(folder, SOURCE_ROWS)
    return [str(problem) for problem in raised.value.problems]


def current(database, metric):
    with writing(database) as connection:
        return connection.execute(
            "select entity, period_start, value, attributes['note'], attributes['withdrawn'] "
            "from core.observation_latest where metric = $1 order by entity, period_start",
            [metric],
        ).fetchall()


def test_every_file_is_read_and_every_published_figure_is_there():
    observations = curated_observations(CURATED, SOURCE_ROWS)
    files = [o.attributes["curated_file"] for o in observations]
    assert {name: files.count(f"{name}.csv") for name in FIGURES} == {
        "hub_downloads": 7, "hub_models": 10, "benchmark_gap": 10, "model_derivatives": 5, "community": 8,
        "training_cost": 4, "inference_speed": 15, "funding": 8, "adoption": 6, "laptop_models": 4, "gap_closure": 10,
        "in_text": 22,
    }  # fmt: skip
    post = {(o.basis, o.recorded_at, o.observed_at, o.evidence_url) for o in observations if o.source == "dataku_2023"}
    assert post == {("published", PUBLISHED_ON, PUBLISHED_ON, None)}
    assert len({(o.metric, o.entity, o.period_start) for o in observations}) == len(observations)


def test_a_round_of_another_source_has_evidence_that_can_be_opened():
    rounds = [
        o
        for o in curated_observations(CURATED, SOURCE_ROWS)
        if o.source != "dataku_2023" and o.metric == "funding_round_usd"
    ]
    assert sorted((o.entity, o.value, f"{o.period_start}", f"{o.recorded_at:%Y-%m-%d}") for o in rounds) == [
        ("Databricks", 4_999_997_255, "2026-08-27", "2026-08-27"),
        ("Hugging Face", 235e6, "2023-08-24", "2023-08-24"),
        ("Together AI", 102.5e6, "2023-11-01", "2023-11-29"),
    ]
    assert all(o.evidence_url for o in rounds)


def test_the_figures_of_the_other_texts_are_there():
    """Read in the four texts: what they say of cost, size, users, quality and the months that open models are behind."""
    figures = {
        (o.source, o.metric, o.entity): (o.value, o.low, o.high)
        for o in curated_observations(CURATED, SOURCE_ROWS)
        if o.metric.startswith("claimed_") or (o.source != "dataku_2023" and o.metric == "model_parameters_b")
    }
    assert figures == {
        ("madrona_2023", "claimed_cost_usd", "LLaMA, retrained"): (80_000, None, None),
        ("madrona_2023", "claimed_cost_usd", "LLaMA, instruction tuned"): (600, None, None),
        ("madrona_2023", "claimed_lag_months", "open models"): (None, 6, 18),
        ("aspiring_2023", "claimed_lag_months", "open models"): (None, 12, 24),
        ("aspiring_2023", "claimed_quality_pct", "Vicuna-13B / ChatGPT"): (90, None, None),
        ("aspiring_2023", "claimed_cost_usd", "Vicuna-13B, trained"): (300, None, None),
        ("day_to_data_2023", "claimed_quality_pct", "Vicuna-13B / ChatGPT"): (90, None, None),
        ("day_to_data_2023", "claimed_cost_usd", "Vicuna-13B, trained"): (300, None, None),
        ("madrona_2023", "claimed_users", "ChatGPT"): (100e6, None, None),
        ("day_to_data_2023", "claimed_cost_usd", "Google's comparable models, trained"): (10e6, None, None),
        ("day_to_data_2023", "model_parameters_b", "Google's comparable models"): (540, None, None),
        ("day_to_data_2023", "model_parameters_b", "GPT-3"): (175, None, None),
        ("day_to_data_2023", "model_parameters_b", "GPT-4"): (1000, None, None),
        ("madrona_2023", "claimed_minutes", "Dolly, fine-tuned"): (30, None, None),
        ("madrona_2023", "claimed_years", "base model of Dolly"): (2, None, None),
        ("madrona_2023", "claimed_count", "Cerebras-GPT models"): (7, None, None),
        ("madrona_2023", "claimed_count", "core scenarios of HELM"): (16, None, None),
        ("aspiring_2023", "claimed_users", "subscribers of Aspiring for Intelligence"): (1600, None, None),
    }


def test_what_is_reported_instead_of_a_figure_is_kept():
    by_entity = {o.entity: o for o in curated_observations(CURATED, SOURCE_ROWS)}
    too_large = by_entity["Llama 2 70B / RTX 4090"]
    assert too_large.value is None
    assert too_large.attributes["note"].startswith("N/A (too large)")
    anyscale = by_entity["Anyscale"]
    assert (anyscale.period_start, anyscale.date_precision) == (date(2022, 1, 1), "year")
    assert by_entity["Stability AI"].attributes["round"] == "Various"


def test_the_evidence_of_a_figure_names_where_it_stands():
    assert all(
        o.attributes["evidence"].startswith(("Chart ", "Text under chart "))
        for o in curated_observations(CURATED, SOURCE_ROWS)
        if o.source == "dataku_2023"
    )


def test_metrics_and_sources_cover_what_is_measured_as_well():
    assert {"hub_downloads_30d", "hub_downloads_all_time", "hub_models", "hub_models_created_30d", "hub_authors"} <= {
        row["metric"] for row in rows("metric")
    }
    curated, declared = ({row["source"] for row in rows("source")}, {row.source for row in SOURCE_ROWS})
    assert not curated & declared, "a source is declared, or described in source.csv"
    sources = {row["source"]: row for row in rows("source")} | {row.source: vars(row) for row in SOURCE_ROWS}
    assert sources.keys() >= {"dataku_2023", "hugging_face_hub", "sandbox_hub", "curated", "reddit", "github"}
    assert sources.keys() >= {"sec_form_d", "epoch_funding"}
    assert sources.keys() >= {"arena", "epoch_benchmarks", "open_llm_leaderboard", "epoch_models", "inferencex"}
    assert "Made up" in (sources["sandbox_hub"]["caveat"] or "")
    assert len({row["claim"] for row in rows("claim")}) == len(rows("claim")) > 40


def test_loading_twice_writes_once(database):
    with writing(database) as connection:
        assert load(connection, CURATED, NOW, SOURCE_ROWS) == (len(curated_observations(CURATED, SOURCE_ROWS)),) * 2
    with writing(database) as connection:
        assert load(connection, CURATED, LATER, SOURCE_ROWS) == (len(curated_observations(CURATED, SOURCE_ROWS)), 0)
        count = connection.execute("select count(*) from core.observation").fetchall()[0][0]
        assert count == len(curated_observations(CURATED, SOURCE_ROWS))
        for table, name in (("core.metric", "metric"), ("core.published_claim", "claim")):
            assert connection.execute(f"select count(*) from {table}").fetchall() == [(len(rows(name)),)]
        described = {row["source"] for row in rows("source")} | {row.source for row in SOURCE_ROWS}
        collected = {row.source for row in SOURCE_ROWS if row.cadence == "Weekly"} - {"hugging_face_hub"}
        named = {source for (source,) in connection.execute("select source from meta.source").fetchall()}
        assert named == described | {f"sandbox_{source}" for source in collected}


def test_a_corrected_figure_is_a_new_row_and_the_old_one_stays(database, folder):
    with writing(database) as connection:
        load(connection, folder, NOW, SOURCE_ROWS)
    change_file(folder, "hub_downloads", "41000000", "42000000")
    with writing(database) as connection:
        assert load(connection, folder, LATER, SOURCE_ROWS)[1] == 1
        history = connection.execute(
            "select value, recorded_at from core.observation "
            "where metric = 'hub_downloads_month' and period_start = '2022-04-01' order by recorded_at"
        ).fetchall()
    assert history == [(41e6, PUBLISHED_ON), (42e6, LATER)]


def test_a_row_that_disappears_is_withdrawn_and_comes_back_when_the_row_does(database, folder):
    with writing(database) as connection:
        load(connection, folder, NOW, SOURCE_ROWS)
    file = folder / "hub_downloads.csv"
    whole = file.read_text(encoding="utf-8")
    file.write_text("".join(line for line in whole.splitlines(True) if "41M" not in line), encoding="utf-8")
    with writing(database) as connection:
        assert load(connection, folder, LATER, SOURCE_ROWS)[1] == 1
        assert load(connection, folder, LATER, SOURCE_ROWS)[1] == 0
        held = "select count(*) from growth.series where metric = 'hub_downloads_month'"
        assert connection.execute(held).fetchall() == [(6,)]
        before = "select value from core.observation_as_of($1) where metric = 'hub_downloads_month' and period_start = '2022-04-01'"
        assert connection.execute(before, [NOW]).fetchall() == [(41e6,)]
    assert current(database, "hub_downloads_month")[1] == ("all models", date(2022, 4, 1), None, None, "yes")
    file.write_text(whole, encoding="utf-8")
    with writing(database) as connection:
        assert load(connection, folder, datetime(2026, 1, 19, tzinfo=UTC), SOURCE_ROWS)[1] == 1
    assert current(database, "hub_downloads_month")[1] == ("all models", date(2022, 4, 1), 41e6, None, None)


def test_a_wrong_file_changes_nothing(database, folder):
    with writing(database) as connection:
        load(connection, folder, NOW, SOURCE_ROWS)
    change_file(folder, "hub_downloads", "41000000", "42000000")
    change_file(folder, "adoption", ",22,", ",22%,")
    with pytest.raises(CuratedError, match="nothing was loaded"), writing(database) as connection:
        load(connection, folder, LATER, SOURCE_ROWS)
    assert current(database, "hub_downloads_month")[1][2] == 41e6


@pytest.mark.parametrize(
    "number", ["12,5", "1O", "NaN", "inf", "-inf", "=1+1", "28M", "~28", "1 000", "1_000", ".5", "0x10", "1e999", "٣"]
)
def test_a_cell_that_is_not_a_number_is_rejected(folder, number):
    cell = f'"{number}"' if "," in number else number
    change_file(folder, "hub_downloads", ",28000000,", f",{cell},")
    (problem,) = problems(folder)
    assert problem.startswith("hub_downloads.csv:2: column value: expected a number")
    assert repr(number) in problem


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "hub_downloads", ",28000000,", ",-28000000,",
            "hub_downloads.csv:2: column value, low, high: expected numbers that are not negative; found value -28000000, low",
        ),
        (
            "training_cost", ",,5000000,10000000,", ",,15000000,10000000,",
            "training_cost.csv:2: column low, high: expected that low does not exceed high (low <= high); "
            "found low 15000000, high 10000000",
        ),
        (
            "training_cost", ",,5000000,10000000,", ",,,10000000,",
            "training_cost.csv:2: column low, high, qualifier: expected that a range has both ends",
        ),
        (
            "training_cost", ",,5000000,10000000,", ",1,5000000,10000000,",
            "training_cost.csv:2: column value, low, high: expected a value from low to high; "
            "found value 1, low 5000000, high 10000000",
        ),
        (
            "hub_models", "hub_models,", "hub_model,",
            "hub_models.csv:2: column metric: expected a metric of metric.csv; found 'hub_model'",
        ),
        (
            "hub_models", ",dataku_2023,", ",dataku,",
            "hub_models.csv:2: column source: expected a source, declared or of source.csv; found 'dataku'",
        ),
        (
            "hub_models", ",dataku_2023,", ",sandbox_hub,",
            "hub_models.csv:2: column source: expected a publication, with a published_on in source.csv; found 'sandbox_hub'",
        ),
        (
            "hub_models", ",models,", ",model,",
            "hub_models.csv:2: column metric, unit: expected the unit of the metric in metric.csv; "
            "found metric 'hub_models', unit 'model'",
        ),
        (
            "hub_models", ",approximate,", ",about,",
            "hub_models.csv:2: column qualifier: "
            "expected that qualifier is one of the four (qualifier in ('exact', 'approximate', 'at_least', 'range')); "
            "found 'about'",
        ),
        (
            "hub_models", "2022-01-01", "2022-01-02",
            "hub_models.csv:2: column period_start, date_precision: expected the first day of the period; "
            "found period_start 2022-01-02, date_precision 'month'",
        ),
        ("hub_models", "2022-01-01", "01.01.2022", "column period_start: expected a day as YYYY-MM-DD; found '01.01.2022'"),
        (
            "hub_models", "2022-01-01", "2022-02-30",
            "hub_models.csv:2: column period_start: expected a day as YYYY-MM-DD; found '2022-02-30'",
        ),
        (
            "hub_models", ",25000,", ",,",
            "hub_models.csv:2: column value, note: expected a number, or in note what the publication shows instead; "
            "found value nothing",
        ),
        ("hub_models", ",all models,", ",,", "hub_models.csv:2: column entity: is empty"),
        ("hub_models", "entity,", "entities,", "hub_models.csv:1: 'entity' is missing; 'entities' is not known"),
        ("hub_models", "entity,", "metric,", "'entity' is missing; 'metric' occurs twice"),
        ("hub_models", ",all models,", ",all,models,", "hub_models.csv:2: 12 cells are expected as in the header, found 13"),
        ("gap_closure", "96.5,", '"96.5,', "gap_closure.csv:4: not CSV"),
        (
            "metric", ",level,", ",stock,",
            "metric.csv:2: column kind: "
            "expected that kind is one of the five (kind in ('level', 'window_30d', 'cumulative', 'share', 'rating')); "
            "found 'stock'",
        ),
        (
            "claim", ",18,0,months,", ",18,,months,",
            "claim.csv:2: column printed_value, printed_digits: expected that a reported number has its precision",
        ),
        (
            "claim", ",18,0,months,", ",18,0,years,",
            "claim.csv:2: column measure: "
            "expected that measure is one of the five (measure in ('value', 'change', 'growth_pct', 'ratio', 'months')); "
            "found 'years'",
        ),
        (
            "claim", "2022-01-01,2023-07-01", ",2023-07-01",
            "claim.csv:2: column measure, period_start: expected a period_start with every measure but value; "
            "found measure 'months', period_start nothing",
        ),
        (
            "hub_models", ",month,", ",moment,",
            "column date_precision: expected 'day', 'week', 'month', 'quarter', 'year'; found 'moment'",
        ),
        (
            "claim", ",all models,published,", ",all models,guessed,",
            "claim.csv:2: column basis: expected 'published', 'measured', 'estimated'; found 'guessed'",
        ),
        (
            "claim", "hub_downloads_month,all models,", "hub_downloads_month,,",
            "claim.csv:2: column printed_value, measure, metric, entity, basis, period_end: "
            "expected that a measure names its series (",
        ),
        ("claim", ",hub_downloads_month,", ",hub_downloads_moon,", "claim.csv:2: column metric: expected a metric of metric.csv"),
        (
            "claim", "eighteen_months,dataku_2023,", "eighteen_months,dataku,",
            "claim.csv:2: column source: expected a source, declared or of source.csv",
        ),
        ("claim", ",18,0,months,", ",18,0.5,months,", "claim.csv:2: column printed_digits: expected a whole number"),
        (
            "source", ",2023-08-14\n", ",2023-8-14\n",
            "source.csv:2: column published_on: expected a day as YYYY-MM-DD; found '2023-8-14'",
        ),
    ],
)  # fmt: skip
def test_an_error_names_its_file_line_and_column(folder, name, old, new, expected):
    change_file(folder, name, old, new)
    assert any(expected in problem for problem in problems(folder)), problems(folder)


def test_a_duplicate_figure_is_rejected_with_both_lines(folder):
    file = folder / "hub_downloads.csv"
    lines = file.read_text(encoding="utf-8").splitlines(True)
    file.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    (problem,) = problems(folder)
    assert problem.startswith("hub_downloads.csv:9: column metric, entity, period_start, source:")
    assert problem.endswith("occurs already in hub_downloads.csv:2")


def test_all_errors_are_reported_together(folder):
    change_file(folder, "hub_downloads", ",28000000,", ",28M,")
    change_file(folder, "hub_downloads", ",620000000,", ",620M,")
    change_file(folder, "adoption", "percent", "percentage")
    assert [problem.split(":")[:2] for problem in problems(folder)] == [
        ["adoption.csv", "2"], ["hub_downloads.csv", "2"], ["hub_downloads.csv", "8"],
    ]  # fmt: skip


def test_lines_are_counted_as_an_editor_counts_them(folder):
    file = folder / "funding.csv"
    text = (
        file.read_text(encoding="utf-8")
        .replace('"Model hub, tools"', '"Model hub,\n\ntools"')
        .replace(",102000000,", ",x,")
    )
    file.write_text("\n" + text, encoding="utf-8")
    (problem,) = problems(folder)
    assert problem.startswith("funding.csv:6: column value:")


@pytest.mark.parametrize(
    "change", [lambda b: b"\xef\xbb\xbf" + b, lambda b: b.replace(b"\n", b"\r\n")], ids=["BOM", "CRLF"]
)
def test_byte_order_marks_and_crlf_are_accepted(folder, change):
    for file in folder.glob("*.csv"):
        file.write_bytes(change(file.read_bytes()))
    assert curated_observations(folder, SOURCE_ROWS) == curated_observations(CURATED, SOURCE_ROWS)
    assert rows("claim", folder) == rows("claim")


def test_another_encoding_is_rejected_with_its_line(folder):
    file = folder / "funding.csv"
    file.write_bytes(file.read_bytes().replace(b"Mistral", "Mïstral".encode("latin-1")))
    assert problems(folder) == ["funding.csv:4: not UTF-8: byte 0xef; save it as UTF-8"]


@pytest.mark.parametrize(("content", "wrong"), [("", "the file is empty"), ("\n\n", "the file is empty")])
def test_an_empty_file_is_an_error(folder, content, wrong):
    (folder / "funding.csv").write_text(content, encoding="utf-8")
    assert problems(folder) == [f"funding.csv:1: {wrong}"]


def test_a_file_without_rows_a_missing_one_and_an_unknown_one_are_errors(folder):
    file = folder / "funding.csv"
    file.write_text(file.read_text(encoding="utf-8").splitlines(True)[0], encoding="utf-8")
    (folder / "adoption.csv").rename(folder / "adoptions.csv")
    found = problems(folder)
    assert found[0] == "adoption.csv:1: the file is missing"
    assert found[1].startswith("adoptions.csv:1: this file is not known")
    assert found[2] == "funding.csv:1: there is no row below the header"
