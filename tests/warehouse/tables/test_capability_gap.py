"""Gap and lag by the Epoch Capabilities Index: computed by hand, by a plain second way, and by what must not matter."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import duckdb
import polars as pl
import pytest
from collecting import chart, collect, found, point_at
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sandbox.server import Sandbox
from warehouse.database.derive import derive
from warehouse.facts.versioned_rows import record_versions
from warehouse.tables.benchmarks import BASE_BENCHMARK_SCORE, BENCHMARK_SCORE
from warehouse.tables.charts.benchmarks import CAPABILITY_GAP
from warehouse.tables.meta import COLLECTION

SOURCE = "epoch_benchmarks"
MONTH = 30.4375
NOW = datetime(2024, 6, 17, 6, tzinfo=UTC)
FIRST = date(2024, 1, 1)
NAMES = (
    "period_start", "as_of", "best_open_model", "best_closed_model", "gap_points", "lag_months", "lag_low_months",
    "lag_high_months", "lag_censoring", "open_models", "closed_models", "unknown_models", "first_closed_model",
)  # fmt: skip


def scored(model, score, released_on, openness, *, low=None, high=None, benchmark="Epoch Capabilities Index"):
    return {
        "benchmark": benchmark, "model": model, "model_group": None, "published_on": None, "score": float(score),
        "unit": "index points", "low": low, "high": high, "votes": None, "rank": None, "organisation": None,
        "licence": openness if openness != "unknown" else None, "openness": openness, "released_on": released_on,
        "evidence_url": "https://epoch.ai",
    }  # fmt: skip


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        opened.execute(
            "set TimeZone = 'UTC'; create schema base; create schema core; create schema charts; create schema meta"
        )
        for table in (BASE_BENCHMARK_SCORE, BENCHMARK_SCORE, COLLECTION):
            opened.execute(table.ddl())
        yield opened


def gaps(connection, models, *, now=NOW, columns=NAMES, collected=()):
    """Return the rows of the chart of these models, oldest month first."""
    connection.execute("delete from base.benchmark_score; delete from meta.collection")
    record_versions(connection, BASE_BENCHMARK_SCORE, pl.DataFrame(models, infer_schema_length=None), SOURCE, now)
    for number, (at, status, rows) in enumerate(collected):
        connection.execute(
            "insert into meta.collection (run_id, source, week, started_at, finished_at, status, rows, reason) "
            "values (?, ?, ?, ?, ?, ?, ?, 'why')",
            [f"run {number}", SOURCE, at.date(), at, at, status, rows],
        )
    derive(connection, CAPABILITY_GAP)
    return connection.execute(f"select {', '.join(columns)} from charts.capability_gap order by 1").fetchall()


# The anchor has no interval. The first open model has a score that the first closed one had before anybody watched.
MODELS = [
    scored("closed 1", 120, date(2024, 1, 10), "proprietary", low=117.0, high=124.0),
    scored("open 1", 115, date(2024, 1, 20), "open", low=112.0, high=118.0),
    scored("closed 2", 130, date(2024, 3, 1), "proprietary"),
    scored("secret", 199, date(2024, 3, 2), "unknown"),
    scored("undated", 198, None, "open"),
    scored("open 2", 125, date(2024, 4, 10), "open", low=121.0, high=129.0),
    scored("closed 3", 133, date(2024, 5, 5), "proprietary", low=130.0, high=137.0),
    scored("other board", 500, date(2024, 5, 6), "open", benchmark="GPQA diamond"),
    scored("announced", 140, date(2024, 7, 1), "proprietary"),
]


def test_gap_and_lag_of_each_month_are_those_computed_by_hand(connection):
    found = gaps(connection, MODELS)
    expected = [
        # Left: the first closed model of all has 115 already, so the lag is at least that.
        (date(2024, 1, 1), date(2024, 1, 31), "open 1", "closed 1", 5.0, 21, 0, 21, "left", 1, 1, 0, "closed 1"),
        (date(2024, 2, 1), date(2024, 2, 29), "open 1", "closed 1", 5.0, 50, 0, 50, "left", 1, 1, 0, "closed 1"),
        # The anchor, 130 for certain, is surely above 118: the lag is at least that since 1 March.
        (date(2024, 3, 1), date(2024, 3, 31), "open 1", "closed 2", 15.0, 81, 30, 81, "left", 1, 2, 1, "closed 1"),
        # 125 was first reached on 1 March by 130; closed 1 (up to 124) may have been above 121 since 10 January.
        (date(2024, 4, 1), date(2024, 4, 30), "open 2", "closed 2", 5.0, 60, 60, 111, "none", 2, 2, 1, "closed 2"),
        (date(2024, 5, 1), date(2024, 5, 31), "open 2", "closed 3", 8.0, 91, 91, 142, "none", 2, 3, 1, "closed 2"),
        # The month is not over, and what is announced for July is not out yet.
        (date(2024, 6, 1), date(2024, 6, 17), "open 2", "closed 3", 8.0, 108, 108, 159, "none", 2, 3, 1, "closed 2"),
    ]  # fmt: skip
    days = [tuple(round(cell * MONTH) if 5 <= place <= 7 else cell for place, cell in enumerate(row)) for row in found]
    assert days == expected


def test_the_interval_is_90_percent_and_missing_where_an_anchor_has_none(connection):
    columns = ("period_start", "gap_low", "gap_high", "interval_pct")
    january, _, march, *_, june = gaps(connection, MODELS, columns=columns)
    # closed 120 [117, 124], open 115 [112, 118]: 5 - sqrt(3² + 3²), 5 + sqrt(4² + 3²).
    assert january[1:] == (pytest.approx(5 - 18**0.5), pytest.approx(10.0), 90)
    assert march[1:] == (None, None, 90)
    # closed 133 [130, 137], open 125 [121, 129]: 8 - sqrt(3² + 4²), 8 + sqrt(4² + 4²).
    assert june[1:] == (pytest.approx(3.0), pytest.approx(8 + 32**0.5), 90)
    bare = [scored("a", 10, FIRST, "open"), scored("b", 20, FIRST, "proprietary")]
    assert {row[1:] for row in gaps(connection, bare, columns=columns)} == {(None, None, None)}


def test_intervals_of_different_width_are_told_apart_in_the_scores(connection):
    rating = scored("rated", 1500, None, "open", low=1490.0, high=1510.0, benchmark="Arena text")
    rating |= {"unit": "rating points", "published_on": FIRST}
    gaps(connection, [*MODELS, rating])
    found = connection.execute(
        "select unit, low is not null, interval_pct from core.benchmark_score group by all order by all"
    ).fetchall()
    assert found == [("index points", False, None), ("index points", True, 90), ("rating points", True, 95)]


def test_where_an_open_model_leads_there_is_no_lag_and_it_says_so(connection):
    models = [
        scored("closed", 120, date(2024, 1, 10), "proprietary", low=118.0, high=126.0),
        scored("open", 125, date(2024, 2, 1), "open", low=123.0, high=127.0),
        scored("far ahead", 200, date(2024, 3, 1), "open", low=190.0, high=210.0),
    ]
    columns = ("period_start", "gap_points", "lag_months", "lag_low_months", "lag_high_months", "lag_censoring")
    january, february, march, *_ = gaps(connection, models, columns=columns)
    assert january[1:] == (None, None, None, None, None)
    # It leads, but the closed model may have 123 already, and does so since 10 January.
    assert february[1:] == (-5.0, None, 0, pytest.approx(50 / MONTH), "right")
    assert march[1:] == (-80.0, None, None, None, "right")


def test_a_collection_without_news_still_moves_the_day_and_a_failed_one_does_not(connection):
    def newest(*collected):
        return gaps(connection, MODELS, collected=collected, columns=("period_start", "as_of", "best_closed_model"))[-1]

    later = datetime(2024, 7, 8, 7, tzinfo=UTC)
    june = (date(2024, 6, 1), date(2024, 6, 17), "closed 3")
    july = (date(2024, 7, 1), date(2024, 7, 8), "announced")
    assert newest() == june
    assert newest((later, "failed", None)) == june
    assert newest((later, "partial", 0)) == june
    assert newest((later, "partial", 5)) == july
    assert newest((later, "complete", 5)) == july


def test_the_index_of_the_sandbox_reaches_the_chart_and_the_newest_month_ends_with_the_collection(monkeypatch):
    query = """
        select as_of, gap_points, round(lag_months * 30.4375)::int, lag_censoring, interval_pct
        from charts.capability_gap order by as_of desc limit 1
    """
    with Sandbox(models=100) as sandbox:
        point_at(sandbox, monkeypatch)
        assert collect(SOURCE, sandbox, 0)
        (first,) = chart("charts.capability_gap", query, sandbox)
        assert collect(SOURCE, sandbox, 1)
        (second,) = chart("charts.capability_gap", query, sandbox)
        days = [sandbox.world.now(week).date() for week in (0, 1)]
    # Open models are 7.5 points behind, and a model of either kind is 1.1 points above the one before.
    assert first == (days[0], pytest.approx(8.6), 126, "none", 90)
    assert second == (days[1], pytest.approx(8.6), 133, "none", 90)
    assert found("select model from core.benchmark_score where unit = 'index points' and low is null") == [
        ("Claude 3 Opus",)
    ]


DAYS = st.integers(0, 200).map(lambda days: FIRST + timedelta(days=days))
LISTS = st.lists(
    st.tuples(
        st.integers(100, 130), DAYS, st.sampled_from(["open", "proprietary", "proprietary", "unknown"]),
        st.one_of(st.none(), st.tuples(st.integers(0, 5), st.integers(0, 5))),
    ),
    min_size=1, max_size=10,
)  # fmt: skip


def named(drawn):
    return [
        scored(
            f"m{number}", score, day, openness,
            low=None if around is None else float(score - around[0]),
            high=None if around is None else float(score + around[1]),
        )
        for number, (score, day, openness, around) in enumerate(drawn)
    ]  # fmt: skip


def by_hand(models, day):
    """Return (gap, lag in days, censoring) on a day, in the plainest way."""
    out = [m for m in models if m["released_on"] <= day]
    opened = [m["score"] for m in out if m["openness"] == "open"]
    closed = [(m["released_on"], m["score"]) for m in out if m["openness"] == "proprietary"]
    if not opened or not closed:
        return None, None, None
    reached = [on for on, score in closed if score >= max(opened)]
    gap = max(score for _, score in closed) - max(opened)
    if not reached:
        return gap, None, "right"
    since = min(reached)
    return gap, (day - since).days, "left" if since == min(on for on, _ in closed) else "none"


def figures(rows):
    return {row[1]: (row[4], None if row[5] is None else round(row[5] * MONTH), row[8]) for row in rows}


@settings(max_examples=60, deadline=None)
@given(LISTS)
def test_every_month_agrees_with_a_plain_second_way(connection, drawn):
    models = named(drawn)
    for day, measured in figures(gaps(connection, models)).items():
        assert measured == by_hand(models, day), day


@settings(max_examples=40, deadline=None)
@given(LISTS, st.integers(-50, 50), st.tuples(st.integers(60, 135), DAYS))
def test_what_must_not_matter_and_what_can_only_lengthen_or_shorten_the_lag(connection, drawn, points, more):
    models = named(drawn)
    before = figures(gaps(connection, models))
    moved = [
        m | {"score": m["score"] + points}
        | {end: None if m[end] is None else m[end] + points for end in ("low", "high")}
        for m in models
    ]  # fmt: skip
    assert figures(gaps(connection, moved)) == before  # only differences of scores count

    def lags(rows):
        return {day: lag for day, (_, lag, _) in rows.items()}

    closed = lags(figures(gaps(connection, [*models, scored("more", *more, "proprietary")])))
    opened = lags(figures(gaps(connection, [*models, scored("more", *more, "open")])))
    for day, lag in lags(before).items():
        if lag is not None:
            assert closed[day] >= lag  # another closed model never makes open ones look closer
            assert opened[day] is None or opened[day] <= lag  # nor another open one further away


@settings(max_examples=40, deadline=None)
@given(LISTS)
def test_while_nothing_is_released_the_lag_grows_by_the_days_that_pass(connection, drawn):
    rows = gaps(connection, named(drawn), columns=("as_of", "best_open_model", "lag_months"))
    for (day, model, lag), (next_day, next_model, next_lag) in pairwise(rows):
        if model == next_model and lag is not None:
            assert next_lag * MONTH == pytest.approx(lag * MONTH + (next_day - day).days)
