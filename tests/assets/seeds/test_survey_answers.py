"""Adoption: survey answers with question, population and sample; no change is taken across a change of wording."""

import csv
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.resources import Clock, Warehouse
from assets.seeds import survey_answers
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.seeds import published_figures
from warehouse.seeds import survey_answers as surveys
from warehouse.seeds.csv_reader import CuratedError
from warehouse.tables import growth
from warehouse.tables.charts import sources

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
BEFORE, AFTER = "btos_ai_goods_and_services", "btos_ai_any_function"


@pytest.fixture
def connection(tmp_path):
    with writing(warehouse_at(tmp_path / "working.duckdb")) as connection:
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        surveys.load(connection, NOW)
        yield connection


def build(connection):
    for table in (*growth.TABLES, sources.ADOPTION):
        derive(connection, table)
    return connection.execute("from charts.adoption order by question_id, population, period_start").pl().to_dicts()


def answer(**changes):
    row = {
        "question_id": "q1", "source": "us_census_btos", "question": "Uses AI", "wording": "Do you use AI?",
        "population": "All", "period_start": "2025-01-01", "date_precision": "month", "value": "10", "low": "", "high": "",
        "qualifier": "exact", "sample_size": "100", "published_on": "2025-02-01", "series_break": "",
        "evidence": "https://example.org", "note": "",
    }  # fmt: skip
    return row | changes


def list_of(folder, *rows):
    folder.mkdir(exist_ok=True)
    with (folder / surveys.FILE).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_each_answer_says_who_was_asked_what_and_where_it_stands(connection):
    found = connection.execute("from core.survey_answer where source <> 'dataku_2023'").pl().to_dicts()
    assert len(found) >= 10
    known = {source for (source,) in connection.execute("select source from meta.source").fetchall()}
    for row in found:
        assert row["population"], row
        assert row["evidence"].startswith("https://")
        assert row["wording"] or row["series_break"] or row["note"]
        assert row["source"] in known
        assert row["basis"] == "published"
        assert row["recorded_at"].date() <= NOW.date()


def test_the_posts_answers_stand_beside_them_as_printed(connection):
    found = build(connection)
    post = [
        (row["question"], row["share_pct"], row["change_points"]) for row in found if row["source"] == "dataku_2023"
    ]
    assert ("Companies evaluating open source LLMs", 58, 36) in post
    assert len(post) == 6


def test_the_census_question_breaks_in_november_2025(connection):
    found = build(connection)
    before = [row for row in found if row["question_id"] == BEFORE]
    (after, *_) = [row for row in found if row["question_id"] == AFTER]
    assert max(row["period_start"] for row in before) < date(2025, 11, 17) < after["period_start"]
    assert "November 2025" in after["series_break"]
    assert after["change_points"] is None
    assert (after["share_pct"], after["share_low_pct"], after["share_high_pct"]) == (None, 17, 20)
    assert [row["change_points"] for row in before] == [None, pytest.approx(1.7)]


def test_a_line_of_the_chart_never_mixes_two_questions_populations_or_surveys(tmp_path, connection):
    surveys.load(
        connection, NOW,
        list_of(
            tmp_path / "lists", answer(), answer(period_start="2025-02-01", value="12"),
            answer(question_id="q2", wording="Do you use any AI?", period_start="2025-03-01", value="30"),
            answer(population="Large ones", period_start="2025-02-01", value="40"),
            answer(question_id="q3", source="ramp_ai_index", period_start="2025-03-01", value="50"),
        ),
    )  # fmt: skip
    found = [row for row in build(connection) if row["question_id"] in ("q1", "q2", "q3")]
    assert {(r["question_id"], r["population"], r["period_start"].month): r["change_points"] for r in found} == {
        ("q1", "All", 1): None, ("q1", "All", 2): 2, ("q2", "All", 3): None, ("q1", "Large ones", 2): None,
        ("q3", "All", 3): None,
    }  # fmt: skip
    mixed = connection.execute(
        "select entity from core.observation_latest where metric = 'survey_share_pct' and attributes['question_id'] is not null "
        "group by entity having count(distinct attributes['question_id']) > 1 or count(distinct source) > 1"
    ).fetchall()
    assert mixed == []


def test_a_new_wording_under_an_old_name_is_rejected(tmp_path):
    folder = list_of(tmp_path, answer(), answer(period_start="2025-02-01", wording="Do you use any AI?"))
    with pytest.raises(
        CuratedError,
        match=r"survey_answer.csv:3: column wording: expected .* with the same question_id; found 'Do you use any AI",
    ):
        surveys.read_answers(folder)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"value": "10%"}, "value"), ({"sample_size": "many"}, "sample_size"), ({"evidence": "a book"}, "evidence"),
        ({"period_start": "2025"}, "period_start"), ({"qualifier": "roughly"}, "qualifier"), ({"population": ""}, "population"),
        ({"published_on": ""}, "published_on"), ({"question": ""}, "question"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_line_and_column(tmp_path, changes, column):
    with pytest.raises(CuratedError, match=f"survey_answer.csv:3: column {column}"):
        surveys.read_answers(list_of(tmp_path, answer(), answer(**{"period_start": "2025-02-01"} | changes)))


def test_the_same_answer_twice_is_rejected(tmp_path):
    with pytest.raises(CuratedError, match="occurs already in"):
        surveys.read_answers(list_of(tmp_path, answer(), answer(value="11")))


def test_a_row_that_leaves_the_list_is_withdrawn_and_the_posts_rows_stay(tmp_path, connection):
    surveys.load(connection, NOW + timedelta(days=7), list_of(tmp_path / "lists", answer()))
    questions = {row["question_id"] for row in build(connection)}
    assert "q1" in questions
    assert not {BEFORE, AFTER} & questions
    assert "Companies evaluating open source LLMs" in questions
    # and loading the post again withdraws nothing of the list
    published_figures.load(connection, published_figures.CURATED, NOW + timedelta(days=14), SOURCE_ROWS)
    assert "q1" in {row["question_id"] for row in build(connection)}


def test_the_asset_counts_once_and_can_be_switched_off(home, monkeypatch):
    def materialize():
        return dg.materialize(
            [survey_answers.survey_list, *survey_answers.VIEWS],
            resources={"warehouse": Warehouse(), "clock": Clock(simulated_now=NOW.isoformat())},
        )

    assert materialize().success
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
    assert materialize().success
    assert materialize().success
    with writing(home / "working" / "tidegauge.duckdb") as connection:
        count = connection.execute("select count(*), count(distinct entity) from core.observation").fetchall()
        states = connection.execute("select status from meta.collection order by all").fetchall()
    assert count[0][0] == len(surveys.read_answers())
    assert states == [("complete",), ("complete",)], "switched off, it was not asked"


def test_an_answer_that_is_published_later_is_not_known_yet(connection):
    """Ramp's restated figures appeared in September 2026; a simulated week of August does not have them."""
    query = "select count(*) from core.observation where source = 'ramp_ai_index'"
    connection.execute("delete from core.observation")
    surveys.load(connection, datetime(2026, 8, 31, 6, tzinfo=UTC))
    assert connection.execute(query).fetchall() == [(0,)]
    surveys.load(connection, datetime(2026, 9, 7, 6, tzinfo=UTC))
    assert connection.execute(query).fetchall() == [(7,)]
