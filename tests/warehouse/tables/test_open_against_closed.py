"""Open against closed: the gap on the board by the labels of each day, on Epoch's benchmarks, and the matched names."""

import io
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest
from collecting import assets_of, uncollected_sources
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replay import Replay, Reply

from assets import growth_and_charts
from assets.benchmarks import assets as benchmarks
from assets.declared_sources import SOURCE_ROWS
from assets.resources import Clock, Warehouse
from assets.seeds import published_figures
from assets.settings import Settings
from pipelines.definitions import definitions
from pipelines.sandbox.server import Sandbox
from warehouse.database.connection import writing
from warehouse.database.derive import CheckError, derive
from warehouse.database.schema import prepare
from warehouse.facts.observations import NoObservationError
from warehouse.facts.versioned_rows import record_versions
from warehouse.seeds import entities
from warehouse.seeds import published_figures as curated
from warehouse.seeds.csv_reader import LISTS, CuratedError
from warehouse.tables import growth
from warehouse.tables.benchmarks import BASE_BENCHMARK_SCALE, BASE_BENCHMARK_SCORE, BENCHMARK_SCALE, ENTITY_NAME
from warehouse.tables.charts import benchmarks as benchmark_charts

NOW = datetime(2026, 9, 14, 6, tzinfo=UTC)
BOARDS = ("arena", "epoch_benchmarks", "open_llm_leaderboard")
LATER = NOW + timedelta(days=7)
CHARTS = (
    BENCHMARK_SCALE,
    *growth.TABLES,
    benchmark_charts.BENCHMARK_GAP,
    benchmark_charts.GAP_CLOSURE,
    ENTITY_NAME,
    benchmark_charts.ARENA_BY_RELEASE,
    benchmark_charts.ARENA_GAP,
)
SCORE = {
    "benchmark": "Arena text", "model": "m", "model_group": None, "published_on": date(2026, 9, 13), "score": 1500.0,
    "unit": "rating points", "low": 1495.0, "high": 1505.0, "votes": 5000, "rank": None, "organisation": None,
    "licence": "MIT", "openness": "open", "released_on": None, "evidence_url": "https://huggingface.co/datasets/x",
}  # fmt: skip


def rating(model, score, licence, *, day=date(2026, 9, 13), votes=5000, low=None, high=None):
    listed = entities.openness_of("arena_licence")
    openness = "unknown" if licence is None else listed.get(licence.casefold(), "unknown")
    return SCORE | {
        "model": model, "score": score, "low": score - 5 if low is None else low, "high": score + 5 if high is None else high,
        "licence": licence, "openness": openness, "published_on": day, "votes": votes,
    }  # fmt: skip


def run(model, score, day, openness, benchmark="GPQA diamond", **more):
    return SCORE | {
        "benchmark": benchmark, "model": model, "score": score, "unit": "percent", "low": None, "high": None, "votes": None,
        "published_on": None, "released_on": day, "openness": openness, "licence": openness if openness != "unknown" else None,
    } | more  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Return a database with the curated files, built once."""
    path = tmp_path_factory.mktemp("prepared") / "working.duckdb"
    with writing(path) as connection:
        prepare(connection, NOW)
        curated.load(connection, curated.CURATED, NOW, SOURCE_ROWS)
        entities.load(connection)
        for table in growth.TABLES:
            derive(connection, table)
    return path


@pytest.fixture
def database(tmp_path, prepared):
    return Path(shutil.copy(prepared, tmp_path / "working.duckdb"))


@pytest.fixture
def board_only(database):
    """Return a function that derives the gap of a board of these rows alone, and returns the result of a query."""
    with writing(database) as connection:

        def derived(rows, query):
            connection.execute("delete from base.benchmark_score")
            record_versions(connection, BASE_BENCHMARK_SCORE, rows, "arena", NOW)
            for table in (benchmark_charts.ARENA_BY_RELEASE, benchmark_charts.ARENA_GAP):
                derive(connection, table)
            return connection.execute(query).fetchall()

        yield derived


def recorded(database, rows, query, *, source="arena", now=NOW):
    with writing(database) as connection:
        record_versions(connection, BASE_BENCHMARK_SCORE, rows, source, now)
        for table in CHARTS:
            derive(connection, table)
        return connection.execute(query).fetchall()


GAP = "select period_start, best_open_model, best_proprietary_model, gap_points from charts.arena_gap order by 1"


@pytest.mark.parametrize(
    ("day", "proprietary", "open", "gap"),
    [
        (date(2026, 9, 13), ("claude-fable-5.1-max", 1507.6), ("glm-5.3-max", 1475.1), 32.5),
        (date(2024, 7, 30), ("gpt-4o", 1286.1), ("llama-3.1-405b", 1262.2), 23.9),
    ],
)
def test_the_gap_is_that_of_the_same_day(database, day, proprietary, open, gap):
    rows = [
        rating(*proprietary, "Proprietary", day=day), rating(*open, "MIT", day=day),
        rating("second", open[1] - 40, "Proprietory", day=day), rating("other day", 1999.0, "MIT", day=date(2025, 1, 1)),
    ]  # fmt: skip
    found = recorded(database, rows, GAP)
    assert (day, open[0], proprietary[0], gap) in found
    assert (date(2025, 1, 1), "other day", None, None) in found


def test_the_gap_is_negative_where_an_open_model_leads_and_then_there_is_no_lag(database):
    rows = [rating("vicuna-13b", 1110.0, "Non-commercial"), rating("palm-2", 1008.0, "Proprietary")]
    query = "select gap_points, lag_months, open_models, proprietary_models from charts.arena_gap"
    assert recorded(database, rows, query) == [(-102.0, None, 1, 1)]


def test_fewer_than_a_hundred_votes_and_no_label_do_not_count(database):
    rows = [
        rating("few", 1900.0, "MIT", votes=99), rating("enough", 1400.0, "MIT", votes=100),
        rating("unlabelled", 1800.0, None), rating("placeholder", 1850.0, "N/A"), rating("closed", 1450.0, "Proprietary"),
    ]  # fmt: skip
    query = "select best_open_model, gap_points, open_models, proprietary_models, unknown_models from charts.arena_gap"
    assert recorded(database, rows, query) == [("enough", 50.0, 1, 1, 2)]


def test_the_elo_years_count_without_votes_and_have_no_interval(database):
    rows = [
        rating(name, score, licence, day=date(2023, 5, 22)) | {"votes": None, "low": None, "high": None}
        for name, score, licence in (("dolly", 944.0, "MIT"), ("koala", 982.0, "Non-commercial"), ("claude", 1201.0, "Proprietary"))
    ]  # fmt: skip
    query = (
        "select best_open_model, gap_points, gap_low, gap_high, open_models, proprietary_models from charts.arena_gap"
    )
    assert recorded(database, rows, query) == [("koala", 219.0, None, None, 2, 1)]


def test_two_boards_are_never_one_series(database):
    other = {"benchmark": "Arena text with style control"}
    rows = [
        rating("claude", 1500.0, "Proprietary"), rating("glm", 1460.0, "MIT"),
        rating("claude", 1490.0, "Proprietary") | other, rating("kimi", 1485.0, "Kimi K3 license") | other,
        rating("claude", 1400.0, "Proprietary", day=date(2025, 9, 13)),
    ]  # fmt: skip
    query = """
        select board, best_open_model, gap_points, round(lag_months, 1) from charts.arena_gap
        where period_start = '2026-09-13' order by 1
    """
    assert recorded(database, rows, query) == [
        ("Arena text", "glm", 40.0, 12.0), ("Arena text with style control", "kimi", 5.0, 0.0),
    ]  # fmt: skip


def test_the_interval_is_that_of_a_difference_with_independent_errors(database):
    rows = [
        rating("closed", 1500.0, "Proprietary", low=1497.0, high=1504.0),
        rating("open", 1450.0, "MIT", low=1442.0, high=1454.0),
    ]
    ((low, gap, high),) = recorded(database, rows, "select gap_low, gap_points, gap_high from charts.arena_gap")
    assert (low, gap, high) == pytest.approx((50 - 5, 50, 50 + (16 + 64) ** 0.5))


LAG = """
    select period_start, gap_points, first_proprietary_model, first_proprietary_on, first_proprietary_dated_by,
        round(lag_months * 30.4375)::int, lag_censoring
    from charts.arena_gap order by 1
"""


def test_no_lag_beside_a_wide_gap_on_the_first_day_of_a_board_is_marked_as_a_least_one(database):
    first, later = date(2024, 8, 28), date(2024, 9, 28)
    rows = [
        rating("closed", 1299.0, "Proprietary", day=first), rating("open", 1200.0, "MIT", day=first),
        rating("weak", 1100.0, "Proprietary", day=first),
        rating("closed", 1299.0, "Proprietary", day=later), rating("open", 1200.0, "MIT", day=later),
        # It was there before the board too, for all that is known: it does not make the lag of the others certain.
        rating("weak", 1100.0, "Proprietary", day=later),
    ]  # fmt: skip
    assert recorded(database, rows, LAG) == [
        (first, 99.0, "closed", first, "board", 0, "left"), (later, 99.0, "closed", first, "board", 31, "left"),
    ]  # fmt: skip
    of_series = "select period_start, qualifier from growth.series where metric = 'arena_lag_months' order by 1"
    assert recorded(database, rows, of_series) == [(first, "at_least"), (later, "at_least")]


def test_the_lag_is_counted_from_the_release_where_one_is_known(database):
    first, later = date(2024, 3, 26), date(2024, 6, 1)
    rows = [
        rating("claude-3-opus-20240229", 1250.0, "Proprietary", day=first), rating("gpt-4-0613", 1160.0, "Proprietary", day=first),
        rating("claude-3-opus-20240229", 1248.0, "Proprietary", day=later), rating("gpt-4-0613", 1161.0, "Proprietary", day=later),
        rating("open", 1200.0, "MIT", day=later), rating("newer", 1300.0, "Proprietary", day=later),
    ]  # fmt: skip
    # Claude 3 Opus was released on 4 March 2024, 89 days before; the older GPT-4 is rated lower.
    released = (later, 100.0, "claude-3-opus-20240229", date(2024, 3, 4), "release", 89, "none")
    assert recorded(database, rows, LAG)[-1] == released
    # A model of unknown release that was there when the board began may be older than that.
    rows += [rating("nobody knows", 1240.0, "Proprietary", day=day) for day in (first, later)]
    assert recorded(database, rows, LAG, now=LATER)[-1] == (*released[:-1], "left")


def test_a_model_that_joined_later_is_dated_by_that_day_and_one_shown_before_its_release_by_the_earlier(database):
    days = date(2024, 2, 20), date(2024, 4, 30), date(2024, 6, 1)
    rows = [
        rating("weak", 1000.0, "Proprietary", day=days[0]), rating("open", 900.0, "MIT", day=days[0]),
        rating("joined", 1200.0, "Proprietary", day=days[1]), rating("open", 1100.0, "MIT", day=days[1]),
        rating("weak", 1000.0, "Proprietary", day=days[1]),
        rating("gpt-4o-2024-05-13", 1280.0, "Proprietary", day=days[1]),
        rating("gpt-4o-2024-05-13", 1280.0, "Proprietary", day=days[2]), rating("open 2", 1250.0, "MIT", day=days[2]),
        rating("joined", 1200.0, "Proprietary", day=days[2]), rating("weak", 1000.0, "Proprietary", day=days[2]),
    ]  # fmt: skip
    _, second, third = recorded(database, rows, LAG)
    assert second == (days[1], 180.0, "gpt-4o-2024-05-13", days[1], "board", 0, "none")
    assert third == (days[2], 30.0, "gpt-4o-2024-05-13", days[1], "board", 32, "none")


def test_the_lag_of_a_leading_open_model_is_right_censored_and_intervals_are_of_95_percent(database):
    first = date(2023, 5, 22)
    rows = [
        rating("vicuna-13b", 1110.0, "Non-commercial", day=first) | {"votes": None, "low": None, "high": None},
        rating("palm-2", 1008.0, "Proprietary", day=first) | {"votes": None, "low": None, "high": None},
        rating("alone", 1108.0, "MIT", day=date(2024, 1, 9)),
        rating("a", 1100.0, "Proprietary"), rating("b", 1050.0, "MIT"),
    ]  # fmt: skip
    query = "select lag_censoring, lag_months is null, interval_pct from charts.arena_gap order by period_start"
    assert recorded(database, rows, query) == [("right", True, None), (None, True, 95), ("left", False, 95)]


BOARD = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 2), st.integers(100, 106), st.sampled_from(["MIT", "Proprietary"])),
    min_size=1, max_size=14, unique_by=lambda row: row[:2],
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BOARD)
def test_the_lag_of_any_board_agrees_with_a_plain_second_way(board_only, drawn):
    days = [date(2025, month, 1) for month in (1, 3, 7)]
    rows = [rating(model, float(score), licence, day=days[place]) for model, place, score, licence in drawn]
    found = {row[0]: (row[5], row[6]) for row in board_only(rows, LAG)}
    began = min(row["published_on"] for row in rows)
    joined = {}
    for row in sorted(rows, key=lambda row: row["published_on"]):
        if row["openness"] == "proprietary":
            joined.setdefault(row["model"], row["published_on"])
    for day in {row["published_on"] for row in rows}:
        today = [row for row in rows if row["published_on"] == day]
        opened = [row["score"] for row in today if row["openness"] == "open"]
        closed = {row["model"]: row["score"] for row in today if row["openness"] == "proprietary"}
        if not opened or not closed:
            expected = (None, None)
        elif not (ahead := [joined[model] for model, score in closed.items() if score >= max(opened)]):
            expected = (None, "right")
        else:
            oldest = min(joined[model] for model in closed)
            left = began in ahead or min(ahead) == oldest
            expected = ((day - min(ahead)).days, "left" if left else "none")
        assert found[day] == expected, day


def history(shift=0.0, label="MIT"):
    """Return two days; on the second all ratings of the pool are shifted, and the label of one model can differ."""
    first, second = date(2025, 9, 13), date(2026, 9, 13)
    return [
        rating("old closed", 1300.0, "Proprietary", day=first), rating("open", 1250.0, "MIT", day=first),
        rating("old closed", 1310.0 + shift, "Proprietary", day=second), rating("open", 1290.0 + shift, label, day=second),
        rating("small", 1200.0 + shift, "MIT", day=second), rating("new closed", 1350.0 + shift, "Proprietary", day=second),
    ]  # fmt: skip


def test_points_added_to_all_ratings_of_a_day_leave_gap_and_lag(database, tmp_path):
    query = "select period_start, gap_points, gap_low, gap_high, round(lag_months, 2) from charts.arena_gap order by 1"
    before = recorded(database, history(), query)
    assert [(row[1], row[4]) for row in before] == [(50.0, 0.0), (60.0, 11.99)]
    shifted = recorded(database, history(shift=30.0), query, now=LATER)
    assert shifted == [
        tuple(pytest.approx(cell) if isinstance(cell, float) else cell for cell in row) for row in before
    ]


def test_a_new_licence_changes_later_dates_only(database):
    assert [row[1] for row in recorded(database, history(), GAP)] == ["open", "open"]
    found = recorded(database, history(label="Proprietary"), GAP, now=LATER)
    assert [row[1] for row in found] == ["open", "small"]
    assert found[0][3] == 50.0


def test_what_was_believed_before_a_correction_stays(database):
    recorded(database, history(), GAP)
    with writing(database) as connection:
        rows = pl.DataFrame(history(shift=1.0), infer_schema_length=None)
        assert record_versions(connection, BASE_BENCHMARK_SCORE, rows, "arena", LATER) == 4
        assert record_versions(connection, BASE_BENCHMARK_SCORE, rows, "arena", LATER + timedelta(days=7)) == 0
        assert record_versions(connection, BASE_BENCHMARK_SCORE, rows.head(5), "arena", LATER + timedelta(days=14)) == 1
        versions = connection.execute(
            "select score, is_withdrawn from base.benchmark_score where model = 'new closed' order by recorded_at"
        ).fetchall()
        assert versions == [(1350.0, False), (1351.0, False), (1351.0, True)]
        with pytest.raises(NoObservationError):
            record_versions(connection, BASE_BENCHMARK_SCORE, rows.clear(), "arena", LATER)
        with pytest.raises(CheckError, match="no label"):
            record_versions(connection, BASE_BENCHMARK_SCORE, [SCORE | {"licence": None}], "x", LATER)


RUNS = [
    run("gpt-3.5-turbo-1106", 30.0, date(2023, 11, 6), "proprietary"), run("llama", 24.0, date(2023, 11, 6), "open"),
    run("secret", 99.0, date(2024, 1, 1), "unknown"), run("undated", 98.0, None, "open"),
    run("worse", 20.0, date(2024, 2, 1), "open"), run("better", 36.0, date(2024, 3, 1), "open"),
    run("index only", 150.0, date(2024, 4, 1), "open", benchmark="Epoch Capabilities Index", unit="index points"),
]  # fmt: skip


def test_measured_scores_of_a_benchmark_stand_beside_the_printed_ones(database):
    query = """
        select period_start, benchmark, best_open_model, best_closed_model, gap_points, open_models, closed_models
        from charts.benchmark_gap where basis = 'measured' order by 1
    """
    assert recorded(database, RUNS, query, source="epoch_benchmarks") == [
        (date(2023, 11, 6), "GPQA diamond", "llama", "gpt-3.5-turbo-1106", 6.0, 1, 1),
        (date(2024, 3, 1), "GPQA diamond", "better", "gpt-3.5-turbo-1106", -6.0, 3, 1),
    ]
    with writing(database) as connection:
        assert connection.execute("select count(*) from charts.benchmark_gap where basis = 'published'").fetchall() == [
            (5,)
        ]


def test_a_share_of_the_reference_names_both_sides_and_the_reference_stays_pinned(database):
    query = """
        select period_start, reference_model, round(share_pct, 6), round(change_points, 6), best_open_model, reference_pct,
            reference_known_on, open_models
        from charts.gap_closure where basis = 'measured' and reference_model <> 'Best closed model' order by 1
    """
    expected = [
        (date(2023, 11, 6), "GPT-3.5 Turbo (Nov 2023)", 80.0, None, "llama", 30.0, NOW.date(), 1),
        (date(2024, 3, 1), "GPT-3.5 Turbo (Nov 2023)", 120.0, 40.0, "better", 30.0, NOW.date(), 3),
    ]
    assert recorded(database, RUNS, query, source="epoch_benchmarks") == expected
    restated = [RUNS[0] | {"score": 33.0}, *RUNS[1:]]
    assert recorded(database, restated, query, source="epoch_benchmarks", now=LATER) == expected
    # It is reached, so the comparison is closed: a still better model adds no row to it.
    better = [*restated, run("best", 60.0, date(2024, 5, 1), "open")]
    assert recorded(database, better, query, source="epoch_benchmarks", now=LATER) == expected


def test_the_best_closed_model_of_the_day_is_the_reference_and_shares_are_corrected_for_chance(database):
    rows = [
        run("gpt-3.5-turbo-1106", 30.0, date(2023, 11, 6), "proprietary"), run("llama", 24.0, date(2023, 11, 6), "open"),
        run("gpt-x", 75.0, date(2024, 2, 1), "proprietary"), run("better", 50.0, date(2024, 3, 1), "open"),
    ]  # fmt: skip
    scale = {"benchmark": "GPQA diamond", "chance_pct": 25.0, "ceiling_pct": 90.0, "evidence_url": "https://epoch.ai"}
    with writing(database) as connection:
        record_versions(connection, BASE_BENCHMARK_SCALE, [scale], "epoch_benchmarks", NOW)
    query = """
        select period_start, reference_version, share_pct, corrected_share_pct, is_closed from charts.gap_closure
        where basis = 'measured' and reference_model {} 'Best closed model' order by 1
    """
    # (24 - 25) / (30 - 25), (24 - 25) / (75 - 25), (50 - 25) / (75 - 25): below 0 is worse than guessing.
    assert recorded(database, rows, query.format("="), source="epoch_benchmarks") == [
        (date(2023, 11, 6), "gpt-3.5-turbo-1106", 80.0, -20.0, False),
        (date(2024, 2, 1), "gpt-x", 32.0, -2.0, False),
        (date(2024, 3, 1), "gpt-x", pytest.approx(200 / 3), 50.0, False),
    ]
    assert recorded(database, rows, query.format("<>"), source="epoch_benchmarks") == [
        (date(2023, 11, 6), "gpt-3.5-turbo-1106", 80.0, -20.0, True),
        (date(2024, 3, 1), "gpt-3.5-turbo-1106", pytest.approx(500 / 3), 500.0, True),
    ]
    gaps = "select corrected_gap_points from charts.benchmark_gap where basis = 'measured' order by period_start"
    assert recorded(database, rows, gaps, source="epoch_benchmarks") == [
        (pytest.approx(600 / 65),), (pytest.approx(5100 / 65),), (pytest.approx(2500 / 65),),
    ]  # fmt: skip


def test_gpt_j_is_near_guessing_although_its_plain_share_is_a_third(database):
    found = recorded(
        database, RUNS,
        "select metric, round(value, 2) from growth.series where entity = 'MMLU / GPT-3.5' and period_start = '2022-01-01' "
        "and metric like '%share_of_reference_score' order by 1", source="epoch_benchmarks",
    )  # fmt: skip
    # 26.1 of 70.0 is 37.29%; above the 25 of guessing, 1.1 of 45 is 2.44%.
    assert found == [("corrected_share_of_reference_score", 2.44), ("share_of_reference_score", 37.29)]


def test_a_model_is_placed_at_its_release_or_listed_without_one(database):
    day = date(2026, 9, 6)
    rows = [
        rating("claude-3-opus-20240229", 1250.0, "Proprietary"), rating("Llama-3-70B-Instruct", 1200.0, "Llama 3 Community"),
        rating("better", 1300.0, "MIT"), rating("never heard of", 1100.0, "MIT"), rating("gone", 1000.0, "MIT", day=day),
    ]  # fmt: skip
    recorded(database, RUNS, "select 1", source="epoch_benchmarks")
    query = "select model, entity, released_on, released_on_source from charts.arena_by_release order by rating"
    assert recorded(database, rows, query) == [
        ("never heard of", None, None, None),
        ("Llama-3-70B-Instruct", "llama-3-70b-instruct", date(2024, 4, 18), "curated"),
        ("claude-3-opus-20240229", "claude-3-opus", date(2024, 3, 4), "curated"),
        ("better", None, date(2024, 3, 1), "epoch_benchmarks"),
    ]


def test_names_are_claimed_by_hand_or_by_equality_and_the_rest_is_listed(database):
    rows = [
        rating("claude-3-opus-20240229", 1.0, "MIT"), rating("Mixtral 8x7B Instruct v0.1", 2.0, "MIT"),
        rating("LLAMA_2-70b chat", 3.0, "MIT"), rating("llama-270b-chat", 4.0, "MIT"), rating("claude 3.5", 5.0, "MIT"),
    ]  # fmt: skip
    query = """
        select name, entity, method from core.entity_name semi join core.seen_name using (system, kind, name)
        where system = 'arena' order by method, name
    """
    assert recorded(database, [row | {"organisation": "Mistral"} for row in rows], query) == [
        ("Mistral", "mistral-ai", "curated"), ("claude-3-opus-20240229", "claude-3-opus", "curated"),
        ("Mixtral 8x7B Instruct v0.1", "mixtral-8x7b-instruct-v0.1", "exact"),
        ("LLAMA_2-70b chat", "llama-2-70b-chat", "normalised"),
    ]  # fmt: skip
    with writing(database) as connection:
        unmatched = "select name, rows from core.unmatched_name where system = 'arena' order by 1"
        assert connection.execute(unmatched).fetchall() == [("claude 3.5", 1), ("llama-270b-chat", 1)]
        rate = "select names, matched, matched_pct from core.match_rate where system = 'arena' and kind = 'model'"
        assert connection.execute(rate).fetchall() == [(5, 3, 60.0)]


def test_a_form_that_two_entities_share_matches_neither(database):
    with writing(database) as connection:
        connection.execute(
            "insert into core.entity values ('x', 'model', 'Twin_One', null, null, 'e'), "
            "('y', 'model', 'twin-one', null, null, 'e')"
        )
    found = recorded(
        database, [rating("TWIN ONE", 1.0, "MIT"), rating("twin-one", 2.0, "MIT")],
        "select name, entity, method from core.entity_name where system = 'arena' and name ilike 'twin%'",
    )  # fmt: skip
    assert found == [("twin-one", "y", "exact")]


@pytest.mark.parametrize(
    ("name", "old", "new", "wrong"),
    [
        ("entity_name", "claude-3-opus,model,arena", "claude-4-opus,model,arena", "column entity, kind: expected an entity"),
        (
            "entity_name", "meta,company,epoch", "meta,model,epoch",
            "expected an entity of this kind of entity.csv; found entity 'meta', kind 'model'",
        ),
        (
            "entity", "Instruct v0.1,mistral-ai,2023-12-11", "Instruct v0.1,nobody,2023-12-11",
            "column company: expected a company of entity.csv; found 'nobody'",
        ),
        ("entity", "2023-07-18", "18 July 2023", "column released_on"),
        ("entity", "openai,company,OpenAI,,,https://openai.com", "openai,company,OpenAI,,,", "column evidence: is empty"),
        ("entity", "anthropic,company", "openai,company", "occurs already in entity.csv:2"),
        ("reference_model", "gpt-4-0613,", ",", "column model: is empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_list_is_told_by_file_line_and_column(tmp_path, database, name, old, new, wrong):
    for file in LISTS.glob("*.csv"):
        text = file.read_text(encoding="utf-8")
        assert file.stem != name or old in text
        (tmp_path / file.name).write_text(text.replace(old, new, 1) if file.stem == name else text, encoding="utf-8")
    before, _, _ = (LISTS / f"{name}.csv").read_text(encoding="utf-8").partition(old)
    with pytest.raises(CuratedError) as raised, writing(database) as connection:
        entities.load(connection, tmp_path)
    assert f"{name}.csv:{before.count(chr(10)) + 1}: " in str(raised.value)
    assert wrong in str(raised.value)


def test_a_label_means_one_thing(tmp_path):
    (tmp_path / "labels.csv").write_text("label,openness,note\nMIT,open,a\nmit,proprietary,b\n", encoding="utf-8")
    with pytest.raises(CuratedError, match="occurs already"):
        entities.openness_of("labels", tmp_path)
    (tmp_path / "labels.csv").write_text("label,openness,note\nMIT,free,a\n", encoding="utf-8")
    with pytest.raises(CuratedError, match="column openness"):
        entities.openness_of("labels", tmp_path)


def board(*rows):
    columns = {
        "model": "model_name", "organisation": "organization", "licence": "license", "score": "rating", "low": "rating_lower",
        "high": "rating_upper", "votes": "vote_count", "rank": "rank", "published_on": "leaderboard_publish_date",
    }  # fmt: skip
    rows = tuple({theirs: row[ours] for ours, theirs in columns.items()} | {"category": "overall"} for row in rows)
    file = io.BytesIO()
    pl.DataFrame(rows).write_parquet(file)
    return file.getvalue()


def materialized(assets, now=NOW, selection=None):
    resources = {"warehouse": Warehouse(), "clock": Clock(simulated_now=now.isoformat())}
    return dg.materialize(list(assets), resources=resources, raise_on_error=False, selection=selection)


def asked(query):
    with duckdb.connect(str(Settings().database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_from_the_wire_to_the_chart_and_old_rows_stand_after_a_failure(monkeypatch):
    first = rating("palm-2", 1000.0, "Proprietary", day=date(2023, 5, 8))
    unlisted = rating("kimi", 1499.1, "A Label Nobody Listed")
    rows = (first, rating("claude", 1507.6, "Proprietary"), rating("glm", 1475.1, "nvidia OPEN model"), unlisted)
    whole = board(*rows)
    early = rating("claude", 1300.0, "Proprietary", day=date(2024, 8, 28))
    styled = board(*(row | {"score": row["score"] - 9, "low": None, "high": None} for row in (*rows[1:], early)))
    binary = {"Content-Type": "binary/octet-stream"}
    replies = {"/text/": Reply(whole, headers=binary), "/text_style_control/": Reply(styled, headers=binary)}

    def reply(number, path):
        return next(answer for folder, answer in replies.items() if folder in path)

    assets = [*assets_of("arena"), benchmarks.VIEWS[1], growth_and_charts.CHARTS]
    chosen = ["benchmarks/arena", "core/benchmark_score", "charts/arena_gap"]
    newest = f"select board, {GAP.removeprefix('select').partition(' order')[0]} where period_start = '2026-09-13' order by 1"
    boards = [
        ("Arena text", date(2026, 9, 13), "glm", "claude", 32.5),
        ("Arena text with style control", date(2026, 9, 13), "glm", "claude", 32.5),
    ]
    with Replay([], before=reply) as hub:
        monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", hub.url)
        done = materialized(assets, selection=chosen)
        assert done.success
        (seen,) = done.asset_materializations_for_node("benchmarks__arena")
        assert seen.metadata["labels_not_listed"].value == "A Label Nobody Listed (2 rows)"
        assert "set aside" not in seen.metadata
        assert asked(newest) == boards
        assert asked("select distinct openness from core.benchmark_score where model = 'kimi'") == [("unknown",)]
        # One board cannot be read: the rows of the other count, and its own stay.
        replies["/text_style_control/"] = Reply(styled[:-50], headers=binary)
        replies["/text/"] = Reply(board(*rows[:3]), headers=binary)
        done = materialized(assets, NOW + timedelta(days=1), chosen)
        (seen,) = done.asset_materializations_for_node("benchmarks__arena")
        assert seen.metadata["items_set_aside"].value == 1
        assert "Arena text with style control: " in seen.metadata["set aside"].value
        assert asked(newest) == boards
        kept = "select benchmark from core.benchmark_score where model = 'kimi'"
        assert asked(kept) == [("Arena text with style control",)]
        replies["/text/"] = Reply(whole[:-50], headers=binary)
        assert "benchmarks__arena" in uncollected_sources(materialized(assets, LATER, chosen))
    assert asked("select count(*), max(recorded_at) from core.benchmark_score")[0][0] == 3 + 4
    ((status, reason),) = asked(
        "select status, reason from meta.collection where source = 'arena' and status = 'failed'"
    )
    assert status == "failed"
    assert "a whole Parquet file" in reason


def test_a_source_that_is_switched_off_is_not_asked_and_says_so(monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "arena,epoch_benchmarks,open_llm_leaderboard")
    done = materialized(assets_of(*BOARDS))
    assert done.success
    (seen,) = done.asset_materializations_for_node("benchmarks__arena")
    assert "TIDEGAUGE_SWITCHED_OFF" in str(seen.metadata["switched off"].value)


def test_the_sandbox_is_collected_twice_and_counts_once(monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
    assets = [published_figures.published_figures, *assets_of(*BOARDS), *benchmarks.VIEWS]
    count = "select source, count(*) from base.benchmark_score group by all order by 1"
    with Sandbox(models=200) as sandbox:
        for name, address in sandbox.addresses.items():
            monkeypatch.setenv(name, address)
        assert materialized(assets, sandbox.world.now(0)).success
        once = asked(count)
        assert materialized(assets, sandbox.world.now(0) + timedelta(hours=1)).success
        assert asked(count) == once
        sandbox.week = 1
        assert materialized(assets, sandbox.world.now(1)).success
    assert [source for source, _ in once] == [
        "sandbox_arena",
        "sandbox_epoch_benchmarks",
        "sandbox_open_llm_leaderboard",
    ]
    assert all(rows > 100 for _, rows in once)
    assert asked("select max(published_on) from core.benchmark_score where source = 'sandbox_arena'") == [
        (date(2026, 9, 7),)
    ]
    assert asked("select count(*) from meta.source where source like 'sandbox_%arena'") == [(1,)]
    assert asked("select count(*) from core.match_rate where matched > 0 and system = 'arena'") == [(2,)]


def test_every_table_of_the_subject_is_an_asset():
    keys = {spec.key.to_user_string() for spec in definitions().resolve_all_asset_specs()}
    assert keys >= {
        "benchmarks/arena", "benchmarks/epoch_benchmarks", "benchmarks/open_llm_leaderboard", "core/benchmark_score",
        "core/entity", "core/entity_name", "core/unmatched_name", "charts/arena_gap", "charts/arena_by_release",
    }  # fmt: skip
