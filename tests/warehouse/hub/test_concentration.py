"""Concentration of downloads: figures computed by hand, and against the definition on any counters."""

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warehouses import warehouse_at

from warehouse.database.connection import writing
from warehouse.hub import concentration

WEEK = date(2026, 1, 5)
FIGURES = (
    "entities", "without_counter", "downloads_30d", "without_downloads", "share_without_downloads_pct",
    "median_downloads_30d", "entities_in_top_1_pct", "share_of_top_1_pct", "gini",
)  # fmt: skip


@pytest.fixture
def connection(tmp_path: Path):
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        yield connection


def store(
    connection: duckdb.DuckDBPyConnection, counters: list[int | None], week: date = WEEK, authors: str = "1"
) -> None:
    """Store a week of models with these counters, of the authors whose numbers `authors` gives by `model_key`."""
    for table in ("base.model_week", "core.author_week", "core.hub_week"):
        connection.execute(f"delete from {table} where week = ?", [week])
    connection.executemany(
        "insert into base.model_week (week, model_key, downloads_30d) values (?, ?, ?)",
        [[week, key, counter] for key, counter in enumerate(counters)],
    )
    connection.execute(
        "insert into core.author_week by name select week, author_key, count(*) as models, sum(downloads_30d)::bigint as "
        f"downloads_30d from (select *, {authors} as author_key from base.model_week where week = ?) group by all",
        [week],
    )
    connection.execute(
        "insert into core.hub_week by name select ? as week, 's' as source, ?::timestamptz as observed_at, 1 as models",
        [week, week],
    )


def measured(connection: duckdb.DuckDBPyConnection, entity: str = "model", week: date = WEEK) -> dict[str, Any]:
    row = connection.execute(
        f"select {', '.join(FIGURES)} from core.concentration_week where week = ? and entity = ?", [week, entity]
    ).fetchall()[0]
    return dict(zip(FIGURES, row, strict=True))


def test_figures_computed_by_hand(connection):
    # 0 0 1 3 | one without a counter: sum of rank x counter = 3 x 1 + 4 x 3 = 15; 2 x 15 / (4 x 4) - 5 / 4 = 5 / 8.
    store(connection, [3, None, 0, 1, 0], authors="model_key // 3")
    assert concentration.add_week(connection, WEEK) == {
        "share_without_downloads_pct": 50, "share_of_top_1_pct": 75, "gini": 0.625,
    }  # fmt: skip
    assert measured(connection) == {
        "entities": 4, "without_counter": 1, "downloads_30d": 4, "without_downloads": 2,
        "share_without_downloads_pct": 50, "median_downloads_30d": 0.5, "entities_in_top_1_pct": 1,
        "share_of_top_1_pct": 75, "gini": 0.625,
    }  # fmt: skip
    # Two authors with 3 and 1 downloads: 2 x (1 x 1 + 2 x 3) / (2 x 4) - 3 / 2 = 1 / 4.
    assert measured(connection, "author") == {
        "entities": 2, "without_counter": 0, "downloads_30d": 4, "without_downloads": 0,
        "share_without_downloads_pct": 0, "median_downloads_30d": 2, "entities_in_top_1_pct": 1,
        "share_of_top_1_pct": 75, "gini": 0.25,
    }  # fmt: skip


def test_the_top_1_percent_cuts_through_equal_counters(connection):
    # 201 models: the top 3 are one with 400 and two of the 200 with 1.
    store(connection, [400] + [1] * 200)
    concentration.add_week(connection, WEEK)
    found = measured(connection)
    assert (found["entities_in_top_1_pct"], found["share_of_top_1_pct"]) == (3, 67.0)


def test_equal_counters_have_a_gini_of_exactly_0_and_one_model_with_everything_nearly_1(connection):
    store(connection, [10**15 - 1] * 999)
    concentration.add_week(connection, WEEK)
    assert measured(connection)["gini"] == 0
    store(connection, [0] * 999 + [7])
    concentration.add_week(connection, WEEK)
    assert measured(connection)["gini"] == 0.999


@pytest.mark.parametrize("counters", [[0, 0], [None, None]])
def test_a_week_without_downloads_has_no_concentration(connection, counters):
    store(connection, counters)
    concentration.add_week(connection, WEEK)
    found = measured(connection)
    assert (found["gini"], found["share_of_top_1_pct"]) == (None, None)
    assert found["downloads_30d"] == (None if counters == [None, None] else 0)


def test_weeks_of_an_earlier_release_are_measured_too_and_a_second_load_replaces_the_first(connection):
    store(connection, [1, 1], WEEK - timedelta(weeks=2))
    store(connection, [1, 3])
    concentration.add_week(connection, WEEK)
    assert measured(connection, week=WEEK - timedelta(weeks=2))["gini"] == 0
    store(connection, [2, 2])
    concentration.add_week(connection, WEEK)
    assert measured(connection)["gini"] == 0
    assert connection.execute("select count(*) from core.concentration_week").fetchall() == [(4,)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.integers(0, 3) | st.integers(0, 10**15), min_size=1, max_size=250))
def test_the_figures_are_those_of_the_definitions(connection, counters):
    store(connection, counters)
    concentration.add_week(connection, WEEK)
    found = measured(connection)
    known = sorted(counter for counter in counters if counter is not None)
    assert (found["entities"], found["without_downloads"]) == (len(known), known.count(0))
    if not sum(known):
        assert found["gini"] is None
        return
    # The mean difference of all pairs, relative to twice the mean.
    apart = sum(abs(one - other) for one in known for other in known)
    gini = Fraction(apart, 2 * len(known) * sum(known))
    top = known[(-len(known)) // 100 :]
    middle = known[(len(known) - 1) // 2] + known[len(known) // 2]
    assert 0 <= found["gini"] < 1
    assert found["gini"] == pytest.approx(float(gini), abs=1e-12)
    assert found["share_of_top_1_pct"] == pytest.approx(float(Fraction(100 * sum(top), sum(known))))
    assert found["median_downloads_30d"] == pytest.approx(middle / 2)
