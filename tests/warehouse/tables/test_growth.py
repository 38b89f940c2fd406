"""growth.rate reproduces the published rates, and agrees with a simple reference implementation."""

import math
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.declared_sources import SOURCE_ROWS
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.database.schema import prepare
from warehouse.facts.observations import Observation, record
from warehouse.seeds import published_figures
from warehouse.tables import growth

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
DAYS = {"week": 7, "month": 31, "quarter": 92, "half_year": 184, "year": 366}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Return a connection to a warehouse with the published history and its growth."""
    with writing(tmp_path_factory.mktemp("published") / "working.duckdb") as connection:
        prepare(connection, NOW)
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        for table in growth.TABLES:
            derive(connection, table)
        yield connection


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """Return a connection to a warehouse with metrics and no figures."""
    with writing(tmp_path_factory.mktemp("empty") / "working.duckdb") as connection:
        prepare(connection, NOW)
        connection.executemany(
            "insert into core.metric values (?, ?, 'things', ?, 'of a test')",
            [("stock", "Stock", "level"), ("window", "Window", "window_30d")],
        )
        connection.execute("commit")
        connection.execute("begin")
        yield connection


def reading(day, value=None, *, low=None, high=None, qualifier="exact", precision="day", basis="measured", **more):
    settled = {"metric": "stock", "entity": "all", "source": "test", "unit": "things", **more}
    return Observation(
        period_start=day,
        value=value,
        low=low,
        high=high,
        qualifier=qualifier,
        date_precision=precision,
        basis=basis,
        **settled,
    )


def rates(connection, observations):
    """Return the rows of growth.rate for these observations only, as dictionaries."""
    connection.execute("rollback")  # the transaction of the previous call
    connection.execute("begin")
    if observations:
        record(connection, observations, NOW)
    derive(connection, growth.RATE)
    result = connection.execute("select * from growth.rate order by all")
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def only(rows, grain):
    return [row for row in rows if row["grain"] == grain]


def test_weekly_readings_are_as_many_days_apart_as_the_days_on_which_they_were_made(empty):
    moments = [datetime(2026, 1, 11, 23, 59, tzinfo=UTC), datetime(2026, 1, 12, 0, 1, tzinfo=UTC), NOW + timedelta(17)]
    mondays = [moment.date() - timedelta(moment.weekday()) for moment in moments]
    found = rates(
        empty,
        [
            reading(monday, 100.0 * 2**n, precision="week", observed_at=moment)
            for n, (monday, moment) in enumerate(zip(mondays, moments, strict=True))
        ],
    )
    assert [(row["days_observed"], row["doubling_days"], row["flag"]) for row in only(found, "week")] == [
        (1, 1, "uneven_days"),
        (10, 10, "uneven_days"),
    ]


# The published figures, copied from the post and compared at their published precision.


def printed_rates(connection, metric, entity, column, basis="published"):
    return [
        row[0]
        for row in connection.execute(
            f"select {column} from growth.rate where metric = ? and entity = ? and basis = ? and grain = 'as_published' "
            "and not whole_span order by period_end",
            [metric, entity, basis],
        ).fetchall()
    ]


def series(connection, metric, entity, basis):
    return [
        row[0]
        for row in connection.execute(
            "select value from growth.series where metric = ? and entity = ? and basis = ? order by period_start",
            [metric, entity, basis],
        ).fetchall()
    ]


def half_up(number, digits):
    return math.floor(round(number * 10**digits, 6) + 0.5) / 10**digits


def test_the_growth_of_downloads_is_the_printed_one(published):
    rows = printed_rates(published, "hub_downloads_month", "all models", "growth_pct")
    assert [half_up(row, 0) for row in rows] == [46, 63, 67, 74, 95, 63]
    quarters = published.execute(
        "select growth_pct from growth.rate where metric = 'hub_downloads_month' and grain = 'quarter' order by period_end"
    ).fetchall()
    assert [row[0] for row in quarters] == rows


def test_the_whole_span_of_downloads_is_22_times(published):
    ((ratio, days),) = published.execute(
        "select ratio, days_observed from growth.rate where metric = 'hub_downloads_month' and whole_span"
    ).fetchall()
    assert (half_up(ratio, 0), days) == (22, 546)


@pytest.mark.parametrize(
    ("entity", "growth_pct"),
    [
        ("Hugging Face accounts", 79), ("EleutherAI Discord", 46), ("r/LocalLLaMA", 1600),
        ("Together AI platform users", 650),
    ],
)  # fmt: skip
def test_the_growth_of_communities_is_the_printed_one(published, entity, growth_pct):
    (row,) = printed_rates(published, "community_members", entity, "growth_pct")
    assert half_up(row, 0) == growth_pct


def test_the_gaps_are_the_printed_ones(published):
    assert series(published, "benchmark_gap_points", "MMLU", "estimated") == [17.8, 15.6, 6.6, 18.2, 17.5]
    assert series(published, "reference_gap_points", "MMLU / GPT-3.5", "estimated")[-1] == 1.1


@pytest.mark.parametrize(
    ("question", "points"),
    [
        ("Companies evaluating open source LLMs", 36), ("Companies using open source in production", 13),
        ("Companies citing data privacy as motivation", 26),
    ],
)  # fmt: skip
def test_the_changes_of_the_surveys_are_the_printed_ones(published, question, points):
    assert printed_rates(published, "survey_share_pct", question, "change") == [points]


@pytest.mark.parametrize(
    ("benchmark", "points"),
    [("MMLU", 7.8), ("HellaSwag", 3.3), ("HumanEval", 12.9), ("ARC Challenge", 3.9), ("Average", 7.0)],
)
def test_the_rates_of_closure_are_the_printed_ones(published, benchmark, points):
    assert printed_rates(published, "share_of_reference_score", f"{benchmark} / GPT-3.5-turbo", "change") == [points]


def test_the_shares_of_mmlu_follow_from_the_scores(published):
    shares = series(published, "share_of_reference_score", "MMLU / GPT-3.5", "estimated")
    assert [half_up(share, 1) for share in shares[2:]] == [90.6, 97.4, 98.4]


def test_the_averages_are_computed_and_printed_side_by_side(published):
    entity = "Average / GPT-3.5-turbo"
    assert series(published, "share_of_reference_score", entity, "published") == [77.1, 84.1]
    computed = series(published, "share_of_reference_score", entity, "estimated")
    assert computed == [77.075, 84.05]
    assert [half_up(share, 1) for share in computed] == [77.1, 84.1]
    (change,) = printed_rates(published, "share_of_reference_score", entity, "change", basis="estimated")
    assert (change, half_up(change, 1)) == (6.975, 7.0)


def test_the_cost_of_training_falls_as_a_range(published):
    row = published.execute(
        "select value_start, growth_pct, ratio_low, ratio_high, growth_low_pct, growth_high_pct, change_low, change_high, flag "
        "from growth.rate where metric = 'training_cost_usd' and whole_span"
    ).fetchall()[0]
    assert row[:2] == (None, None)
    assert row[2:6] == pytest.approx((1 / 50, 1 / 10, -98, -90))
    assert row[6:] == (-9_800_000, -4_500_000, "range")


def test_at_least_and_ranges_of_laptop_models(published):
    rows = published.execute(
        "select growth_low_pct, growth_high_pct, flag from growth.rate "
        "where metric = 'laptop_models' and grain = 'half_year' order by period_end"
    ).fetchall()
    assert rows == [
        (pytest.approx(100 * (5 / 3 - 1)), pytest.approx(200), "range"),
        (pytest.approx(100 * (10 / 6 - 1)), pytest.approx(200), "range"),
        (pytest.approx(100), None, "range, at_least"),
    ]


def test_a_figure_for_a_quarter_is_not_one_for_its_first_month(published):
    grains = published.execute(
        "select distinct grain from growth.rate where metric = 'survey_share_pct' order by 1"
    ).fetchall()
    assert grains == [("as_published",), ("half_year",), ("year",)]  # two quarters apart: no weeks, months or quarters


# The rules.


def test_a_gap_stays_a_gap(empty):
    first = date(2024, 1, 1)
    weeks = [reading(first + timedelta(weeks=week), 100 + week) for week in (0, 1, 3, 4)]
    found = [(row["period_start"], row["period_end"], row["change"]) for row in only(rates(empty, weeks), "week")]
    assert found == [(date(2024, 1, 1), date(2024, 1, 8), 1), (date(2024, 1, 22), date(2024, 1, 29), 1)]


def test_a_period_is_represented_by_its_first_reading(empty):
    rows = rates(empty, [reading(date(2024, 1, 10), 1), reading(date(2024, 1, 31), 5), reading(date(2024, 2, 20), 3)])
    (row,) = only(rows, "month")
    assert (row["value_start"], row["value_end"], row["growth_pct"]) == (1, 3, 200)
    assert (row["period_start"], row["period_end"]) == (date(2024, 1, 1), date(2024, 2, 1))
    assert (row["days_observed"], row["days_in_period"], row["flag"]) == (41, 31, "partial, uneven_days")


def test_annual_growth_and_doubling_go_by_the_days_observed(empty):
    (row,) = only(rates(empty, [reading(date(2024, 1, 10), 1), reading(date(2024, 2, 20), 2)]), "month")
    assert row["doubling_days"] == pytest.approx(41)
    assert row["annualised_pct"] == pytest.approx(100 * (2 ** (365.25 / 41) - 1))


@pytest.mark.parametrize(
    ("start", "end", "growth_pct", "flag"),
    [
        (0, 5, None, "from_zero"), (0, 0, None, "zero"), (5, 0, -100, "to_zero"), (-5, 5, None, "negative_base"),
        (5, -5, -200, "negative_end"), (None, 5, None, "missing"), (5, None, None, "missing"), (5, 5, 0, None),
        (1e-300, 1e300, None, "overflow"), (1, 1e300, pytest.approx(1e302), "overflow"),
    ],
)  # fmt: skip
def test_a_base_that_bears_no_percentage_is_flagged(empty, start, end, growth_pct, flag):
    (row,) = only(rates(empty, [reading(date(2024, 1, 1), start), reading(date(2024, 1, 8), end)]), "week")
    assert (row["growth_pct"], row["flag"]) == (growth_pct, flag)
    if growth_pct is None or growth_pct == -100 or flag in ("negative_end", "overflow"):
        assert row["annualised_pct"] is None


def test_windows_that_overlap_say_so_and_have_no_annual_rate(empty):
    weeks = [reading(date(2024, 1, 1) + timedelta(weeks=week), 100 * 1.01**week, metric="window") for week in range(6)]
    rows = rates(empty, weeks)
    assert {(row["flag"], row["annualised_pct"], row["doubling_days"]) for row in only(rows, "week")} == {
        ("overlapping_windows", None, None)
    }
    (month,) = only(rows, "month")  # 29 January and 5 February
    assert month["flag"] == "partial, overlapping_windows, window_is_not_period, uneven_days"
    assert (month["growth_pct"], month["annualised_pct"]) == (pytest.approx(1), None)


@pytest.mark.parametrize("unit", ["points", "rating points", "index points", "months"])
def test_a_gap_and_a_lag_have_a_change_and_no_annual_rate(empty, unit):
    """From 20 to 60 points in a week would be 10^27 percent a year, of something that passes zero."""
    gap = [reading(date(2024, 1, 1) + timedelta(weeks=n), 20 + 40 * n, low=15, high=70, unit=unit) for n in range(2)]
    (week,) = only(rates(empty, gap), "week")
    assert (week["change"], week["growth_pct"], week["unit"]) == (40, 200, unit)
    assert (week["annualised_pct"], week["annualised_low_pct"], week["doubling_days"]) == (None, None, None)


def test_a_month_of_windows_takes_its_last_reading_and_a_level_its_first(empty):
    days = [date(2026, 8, 31) + timedelta(weeks=week) for week in range(14)]  # to 30 November
    for metric, pairs, partial in (
        ("window", [(0, 4), (4, 8), (8, 13)], [False] * 3),  # 31 August, 28 September, 26 October, 30 November
        ("stock", [(0, 1), (1, 5), (5, 9)], [True, False, False]),  # 31 August, 7 September, 5 October, 2 November
    ):
        rows = rates(empty, [reading(day, 1.5**week, metric=metric) for week, day in enumerate(days)])
        months = sorted(only(rows, "month"), key=lambda row: row["period_start"])
        assert [(row["reading_start"], row["reading_end"]) for row in months] == [
            (days[a], days[b]) for a, b in pairs
        ], metric
        assert [row["growth_pct"] for row in months] == [pytest.approx(100 * (1.5 ** (b - a) - 1)) for a, b in pairs]
        assert [row["is_partial"] for row in months] == partial
        assert [("partial" in (row["flag"] or "")) for row in months] == partial


def test_a_quarter_of_which_35_days_were_observed_is_partial(empty):
    """Readings from 7 September to 16 November 2026: neither quarter is full."""
    days = [date(2026, 9, 7) + timedelta(weeks=week) for week in range(11)]
    for metric in ("stock", "window"):
        (row,) = only(rates(empty, [reading(day, 100 + n, metric=metric) for n, day in enumerate(days)]), "quarter")
        assert (row["is_partial"], row["growth_pct"] > 0, "partial" in row["flag"]) == (True, True, True)


def calendar_rates(connection, months, changes=()):
    """Return the rates of downloads of calendar months, from (month, downloads, low, high, days observed)."""
    connection.execute("rollback")
    connection.execute("begin")
    connection.executemany(
        "insert into growth.calendar_downloads by name select 'month' as grain, $month as period_start, "
        "'all_time_deltas' as method, true as is_primary, $downloads as downloads, $low as low, $high as high, "
        "$days as days_observed, day(last_day($month::date)) as days_in_period, days_observed < days_in_period as is_partial, "
        "'estimated' as basis, 'test' as source",
        [
            {"month": month, "downloads": downloads, "low": low, "high": high, "days": days}
            for month, downloads, low, high, days in months
        ],
    )
    if changes:
        connection.executemany(
            "insert into meta.definition_change by name select 'test' as source, 'hub_downloads_all_time' as metric, "
            "? as effective_on, 'day' as date_precision, 'x' as what_changed, 'x' as url",
            [[change] for change in changes],
        )
    derive(connection, growth.RATE)
    result = connection.execute(
        "select * from growth.rate where metric = 'hub_downloads_calendar_month' order by grain, period_start"
    )
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_calendar_months_compare_by_the_day(empty):
    """February and March with 1,000 downloads a day, then April with 1,030."""
    february, march, april = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)
    rows = calendar_rates(
        empty,
        [
            (february, 28_000, 27_000, 29_000, 28),
            (march, 31_000, 31_000, 31_000, 31),
            (april, 30_900, 30_000, 31_500, 30),
        ],
        changes=[date(2026, 4, 10)],
    )
    same, more = only(rows, "month")
    assert (same["value_start"], same["value_end"], same["change"]) == (28_000, 31_000, 3_000)
    assert (same["growth_pct"], same["flag"], same["is_partial"]) == (0, "per_day", False)
    assert (same["days_start"], same["days_end"], same["days_observed"], same["days_in_period"]) == (28, 31, 28, 28)
    assert (same["growth_low_pct"], same["growth_high_pct"]) == (
        pytest.approx(100 * (1000 / (29_000 / 28) - 1)),
        pytest.approx(100 * (1000 / (27_000 / 28) - 1)),
    )
    assert (more["growth_pct"], more["flag"]) == (pytest.approx(3), "per_day, definition_changed")
    assert more["annualised_pct"] == pytest.approx(100 * (1.03 ** (365.25 / 31) - 1))
    assert more["annualised_low_pct"] == pytest.approx(0, abs=1e-9), "1,000 a day in both"
    assert more["annualised_high_pct"] == pytest.approx(100 * (1.05 ** (365.25 / 31) - 1))


def test_months_that_are_not_full_compare_by_the_day_and_say_so(empty):
    rows = calendar_rates(
        empty,
        [(date(2026, month, 1), days * each, None, None, days)
         for month, days, each in ((2, 10.5, 1000), (3, 31, 1000), (4, 30, 1000), (5, 31, 2000), (6, 30, 2000), (7, 4, 500))],
    )  # fmt: skip
    months = only(rows, "month")
    assert [round(row["growth_pct"], 6) for row in months] == [0, 0, 100, 0, -75]
    assert [row["is_partial"] for row in months] == [True, False, False, False, True]
    for row in months:
        assert (row["change"] is None) == (row["annualised_pct"] is None) == row["is_partial"]
    first, second = only(rows, "quarter")  # February and March; April to June; July
    assert (first["value_start"], first["value_end"]) == (41_500, 152_000)
    assert first["growth_pct"] == pytest.approx(100 * (152_000 / 91 / 1000 - 1))
    assert (first["is_partial"], second["is_partial"], second["days_end"]) == (True, True, 4)
    assert only(rows, "week") == []


def test_the_annual_rate_has_an_interval_from_the_scatter_of_the_weeks(empty):
    """Four changes of +1%, +3%, +1%, +3% from 4 May to 1 June: standard deviation 1.1547 points, t(3) is 3.182."""
    steps = [0.01, 0.03, 0.01, 0.03]
    values = [1000 * math.exp(sum(steps[:week])) for week in range(5)]
    rows = rates(empty, [reading(date(2026, 5, 4) + timedelta(weeks=n), value) for n, value in enumerate(values)])
    *early, last = sorted(only(rows, "week"), key=lambda row: row["period_start"])
    assert all(row["annualised_low_pct"] is None and row["annualised_pct"] is not None for row in early)
    margin = 3.182 * 0.011547005
    (month,) = only(rows, "month")
    for row, growth_of_log, weeks in ((last, 0.03, 1), (month, 0.08, 4)):
        year = 365.25 / (7 * weeks)
        assert row["annualised_pct"] == pytest.approx(100 * (math.exp(growth_of_log * year) - 1))
        for name, sign in (("annualised_low_pct", -1), ("annualised_high_pct", 1)):
            reached = math.exp((growth_of_log + sign * margin * math.sqrt(weeks)) * year)
            assert row[name] == pytest.approx(100 * (reached - 1), rel=1e-4)


def test_the_annual_rate_of_a_range_is_a_range(empty):
    rows = rates(
        empty,
        [reading(date(2025, 1, 1), low=10, high=20, qualifier="range", precision="year"),
         reading(date(2026, 1, 1), low=40, high=60, qualifier="range", precision="year")],
    )  # fmt: skip
    (row,) = only(rows, "year")
    assert row["annualised_pct"] is None
    assert (row["annualised_low_pct"], row["annualised_high_pct"]) == (
        pytest.approx(100 * (2 ** (365.25 / 365) - 1)),
        pytest.approx(100 * (6 ** (365.25 / 365) - 1)),
    )


def test_a_family_has_no_growth_between_two_lists_of_its_roots(empty):
    rates(empty, [])
    for week, (definition, models) in enumerate([("a", 4), ("a", 5), ("b", 50), ("b", 60)]):
        monday = date(2026, 6, 1) + timedelta(weeks=week)
        empty.execute(
            "insert into core.hub_week by name select ? as week, 'test' as source, ?::timestamptz as observed_at, 9 as models",
            [monday, monday],
        )
        empty.execute(
            "insert into core.family_reading by name select ? as week, 'x' as family, ? as definition, 1 as roots, "
            "1 as roots_seen",
            [monday, definition],
        )
        empty.execute(
            "insert into core.family_week by name select ? as week, 'x' as family, 1 as depth, 'adapter' as relation, "
            "false as is_own, false as is_quantized_copy, ? as models",
            [monday, models],
        )
    derive(empty, growth.RATE)
    rows = empty.execute(
        "select value_end, change, growth_pct, flag from growth.rate where metric = 'model_derivatives' and grain = 'week' "
        "order by period_end"
    ).fetchall()
    assert rows == [
        (5, 1, 25, "at_least, at_most"),
        (50, None, None, "at_least, at_most, definition_changed"),
        (60, 10, pytest.approx(20), "at_least, at_most"),
    ]


def test_a_maker_has_series_with_and_without_spikes(empty):
    rates(empty, [])
    empty.execute(
        "insert into core.metric select unnest(['maker_downloads_30d', 'maker_downloads_30d_robust']), 'Downloads', "
        "'downloads', 'window_30d', 'of a test'"
    )
    for number, (downloads, robust) in enumerate([(100, 100), (400, 150)]):
        monday = date(2026, 6, 1) + timedelta(weeks=number)
        empty.execute(
            "insert into core.hub_week by name select $week as week, 'test' as source, $week::timestamptz as observed_at, "
            "9 as models",
            {"week": monday},
        )
        empty.execute(
            "insert into core.maker_reading by name select ? as week, 'Meta' as maker, 'a' as definition, "
            "['meta-llama'] as organisations",
            [monday],
        )
        for made, models in (("own", 2), ("adapter", 3)):
            empty.execute(
                "insert into core.maker_week by name select $week as week, 'Meta' as maker, $made as made, "
                "'unknown' as size_bucket, $models as models, $downloads as downloads_30d, $robust as downloads_30d_robust",
                {"week": monday, "made": made, "models": models, "downloads": downloads, "robust": robust},
            )
    derive(empty, growth.RATE)
    rows = empty.execute(
        "select metric, basis, value_end, round(growth_pct, 6), flag from growth.rate "
        "where entity = 'Meta' and grain = 'week' order by metric"
    ).fetchall()
    assert rows == [
        ("maker_downloads_30d", "measured", 800, 300, "overlapping_windows"),
        ("maker_downloads_30d_robust", "estimated", 300, 50, "overlapping_windows"),
        ("maker_models", "measured", 5, 0, None),
    ]


def test_the_gap_by_the_index_of_finished_months_has_the_interval_of_the_index(empty):
    rates(empty, [])
    for month, last, gap, low, high, lag, censored in (
        (4, 30, 10.0, 8.0, 13.0, 6.0, "left"), (5, 31, 8.0, 5.0, 10.0, 4.0, "none"), (6, 17, 7.0, 6.0, 8.0, 3.0, "none"),
    ):  # fmt: skip
        empty.execute(
            """
            insert into charts.capability_gap by name
            select make_date(2026, $month, 1) as period_start, 'month' as date_precision,
                make_date(2026, $month, $last) as as_of, 'o' as best_open_model, 'c' as best_closed_model,
                $gap as gap_points, $low as gap_low, $high as gap_high, 90 as interval_pct, $lag as lag_months,
                $censored as lag_censoring, 1 as open_models, 1 as closed_models, 0 as unknown_models,
                'measured' as basis, 'test' as source
            """,
            {"month": month, "last": last, "gap": gap, "low": low, "high": high, "lag": lag, "censored": censored},
        )
    derive(empty, growth.RATE)
    rows = empty.execute(
        "select metric, period_end, value_end, change, change_low, change_high, round(growth_pct, 6), flag "
        "from growth.rate where entity = 'Epoch Capabilities Index' and grain = 'month' order by metric"
    ).fetchall()
    # June is not over: no figure of it counts.
    assert rows == [
        ("capability_gap_points", date(2026, 5, 1), 8, -2, 5 - 13, 10 - 8, -20, None),
        ("capability_lag_months", date(2026, 5, 1), 4, -2, None, 4 - 6, pytest.approx(-100 / 3), "at_most"),
    ]
    (marks,) = empty.execute(
        "select distinct attributes['interval_pct'] from growth.series where metric like 'capability%'"
    ).fetchall()
    assert marks == ("90",)


def test_facets_and_concentration_are_series_without_what_changes_its_meaning(empty):
    rates(empty, [])
    for number, downloads in enumerate((200, 300)):
        monday = date(2026, 6, 1) + timedelta(weeks=number)
        empty.execute(
            "insert into core.hub_week by name select $week as week, 'test' as source, $week::timestamptz as observed_at, "
            "9 as models",
            {"week": monday},
        )
        for facet, value in (("format", "gguf"), ("format", "(other)"), ("language", "en"), ("task", "(none)")):
            empty.execute(
                "insert into core.facet_week by name select ? as week, ? as facet, ? as value, ? as adds_up, 4 as models, "
                "? as downloads_30d",
                [monday, facet, value, facet == "task", downloads],
            )
        empty.execute(
            "insert into core.concentration_week by name select ? as week, 'model' as entity, 9 as entities, "
            "0 as without_counter, ? as downloads_30d, 3 as without_downloads, 30.0 as share_without_downloads_pct, "
            "1.0 as median_downloads_30d, 1 as entities_in_top_1_pct, ? as share_of_top_1_pct, 0.5 as gini",
            [monday, downloads, downloads / 10],
        )
    derive(empty, growth.RATE)
    rows = empty.execute(
        "select metric, entity, value_end, round(growth_pct, 6) from growth.rate where grain = 'week' order by all"
    ).fetchall()
    assert rows == [
        ("concentration_gini", "model", 0.5, 0),
        ("concentration_median_downloads_30d", "model", 1, 0),
        ("concentration_share_of_top_1_pct", "model", 30, 50),
        ("concentration_share_without_downloads", "model", 30, 0),
        ("facet_downloads_30d", "format / gguf", 300, 50),
        ("facet_downloads_30d", "task / (none)", 300, 50),
        ("facet_models", "format / gguf", 4, 0),
        ("facet_models", "task / (none)", 4, 0),
    ]


def test_the_first_printed_with_the_last_only_where_others_lie_between(empty):
    printed = [reading(date(2022, month, 1), month, precision="month", basis="published") for month in (1, 2, 4)]
    spans = [
        (row["value_start"], row["value_end"], row["whole_span"]) for row in only(rates(empty, printed), "as_published")
    ]
    assert sorted(spans) == [(1, 2, False), (1, 4, True), (2, 4, False)]
    assert len(only(rates(empty, printed[:2]), "as_published")) == 1
    assert only(rates(empty, [reading(o.period_start, o.value) for o in printed]), "as_published") == []


def test_series_of_different_basis_or_source_are_never_joined(empty):
    days = date(2024, 1, 1), date(2024, 1, 8)
    assert rates(empty, [reading(days[0], 1), reading(days[1], 2, basis="published")]) == []
    assert rates(empty, [reading(days[0], 1), reading(days[1], 2, source="another")]) == []


def test_an_average_is_only_taken_over_all_benchmarks(empty):
    def share(benchmark, day, value):
        return reading(
            day, value, metric="share_of_reference_score", entity=f"{benchmark} / R", unit="percent", basis="published",
            attributes={"benchmark": benchmark, "reference_model": "R"},
        )  # fmt: skip

    rates(empty, [share("A", date(2024, 1, 1), 50), share("B", date(2024, 1, 1), 70), share("A", date(2024, 2, 1), 99)])
    averages = empty.execute(
        "select period_start, value, attributes['benchmarks'] from growth.series where computed"
    ).fetchall()
    assert averages == [(date(2024, 1, 1), 60, "A, B")]


def test_every_flag_is_explained_in_the_column_and_on_the_page():
    sql = growth.RATE.select
    page = (Path(__file__).parents[3] / "docs/methods/growth.md").read_text(encoding="utf-8")
    for flag in (
        "missing", "zero", "from_zero", "to_zero", "negative_base", "negative_end", "range", "at_least", "at_most",
        "partial", "per_day", "overlapping_windows", "window_is_not_period", "uneven_days", "definition_changed",
        "overflow",
    ):  # fmt: skip
        assert f"'{flag}'" in sql
        assert flag in growth.RATE.columns["flag"].description
        assert f"`{flag}`" in page


# Compared with a simple reference implementation.

VALUES = st.one_of(st.just(0.0), st.floats(-100, 1e9).map(lambda x: round(x, 3)))
RANGES = st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)).map(lambda ends: tuple(sorted(round(end, 3) for end in ends)))


@st.composite
def observations(draw):
    """Draw one series of readings on any days, with gaps, ranges, missing figures and dates of any precision."""
    basis = draw(st.sampled_from(["measured", "published"]))
    metric = draw(st.sampled_from(["stock", "window"]))
    span = draw(st.sampled_from([40, 400, 1500]))
    found = {}
    for offset in draw(st.lists(st.integers(0, span), max_size=12, unique=True)):
        day = date(2021, 12, 20) + timedelta(days=offset)
        precision = draw(st.sampled_from(["day", "day", "month", "quarter", "year"]))
        if precision != "day":
            day = calendar_start({"month": "month", "quarter": "quarter", "year": "year"}[precision], day)
        kind = draw(st.sampled_from(["value", "value", "value", "range", "at_least", "nothing"]))
        more = {"precision": precision, "basis": basis, "metric": metric}
        if kind == "range":
            low, high = draw(RANGES)
            found[day] = reading(day, low=low, high=high, qualifier="range", **more)
        elif kind == "nothing":
            found[day] = reading(day, **more)
        else:
            found[day] = reading(day, draw(VALUES), qualifier="at_least" if kind == "at_least" else "exact", **more)
    return list(found.values())


def calendar_start(grain, day):
    if grain == "week":
        return day - timedelta(days=day.weekday())
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[grain]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def following_start(grain, period):
    return calendar_start(grain, period + timedelta(days=DAYS[grain]))


def is_whole(r, grain):
    """Return whether a reading lies in the first week of its period, or for windows of months and longer in the last."""
    period = calendar_start(grain, r.period_start)
    if r.metric == "window" and grain != "week":
        return (following_start(grain, period) - r.period_start).days <= 7
    return (r.period_start - period).days <= 6


def expected(readings):
    """Return the two readings to compare for each (grain, period_start, period_end)."""
    finest = {"day": 0, "month": 1, "quarter": 2, "year": 4}
    pairs = {}
    for position, grain in enumerate(DAYS):
        periods = {}
        takes_last = grain != "week" and any(r.metric == "window" for r in readings)
        for r in sorted(readings, key=lambda r: r.period_start, reverse=not takes_last):
            if finest[r.date_precision] <= position:
                periods[calendar_start(grain, r.period_start)] = r
        for period, r in periods.items():
            following = following_start(grain, period)
            if following in periods:
                pairs[grain, period, following] = (r, periods[following])
    printed = sorted((r for r in readings if r.basis == "published"), key=lambda r: r.period_start)
    spans = [*pairwise(printed), *([(printed[0], printed[-1])] if len(printed) > 2 else [])]
    pairs.update({("as_published", a.period_start, b.period_start): (a, b) for a, b in spans})
    return pairs


def bounds(r):
    low = r.value if r.low is None else r.low
    return low, None if r.qualifier == "at_least" else (r.value if r.high is None else r.high)


def about(number):
    return None if number is None else pytest.approx(number, rel=1e-9, abs=1e-6)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=observations())
def test_every_rate_is_that_of_the_reference_and_there_is_no_other(empty, readings):
    rows = rates(empty, readings)
    pairs = expected(readings)
    assert {(row["grain"], row["period_start"], row["period_end"]) for row in rows} == pairs.keys()
    for row in rows:
        a, b = pairs[row["grain"], row["period_start"], row["period_end"]]
        days = (b.period_start - a.period_start).days
        assert row["days_observed"] == days
        assert row["days_in_period"] == (row["period_end"] - row["period_start"]).days
        both = a.value is not None and b.value is not None
        ratio = b.value / a.value if both and a.value > 0 else None
        assert row["change"] == about(b.value - a.value if both else None)
        assert row["growth_pct"] == about(None if ratio is None else (ratio - 1) * 100)
        overlaps = row["metric"] == "window" and row["grain"] != "as_published" and days < 15
        grows = ratio and ratio > 1 and not overlaps
        assert row["doubling_days"] == about(days * math.log(2) / math.log(ratio) if grows else None)
        annual = None if ratio is None or ratio <= 0 or overlaps else math.log(ratio) * 365.25 / days
        if annual is not None and annual < 600:
            assert row["annualised_pct"] == about(100 * (math.exp(annual) - 1))
        elif annual is None:
            assert row["annualised_pct"] is None
        (a_low, a_high), (b_low, b_high) = bounds(a), bounds(b)
        ends = [y / x for x in (a_low, a_high) for y in (b_low, b_high) if None not in (x, y) and x > 0]
        if None not in (a_low, a_high, b_low, b_high) and a_low > 0:
            assert row["growth_low_pct"] == about(100 * (min(ends) - 1))
            assert row["growth_high_pct"] == about(100 * (max(ends) - 1))
        if a_low is None or a_low <= 0 or b_high is None:
            assert row["growth_high_pct"] is None
        flags = (row["flag"] or "").split(", ")
        assert ("missing" in flags) == (None in (a_low, b_low))
        assert ("from_zero" in flags or "zero" in flags) == (a_low == 0 and b_low is not None)
        assert ("negative_base" in flags) == (a_low is not None and a_low < 0 and b_low is not None)
        assert ("uneven_days" in flags) == (days != row["days_in_period"])
        assert ("overlapping_windows" in flags) == overlaps
        partial = row["grain"] != "as_published" and not (is_whole(a, row["grain"]) and is_whole(b, row["grain"]))
        assert row["is_partial"] == ("partial" in flags) == partial
        assert (
            row["annualised_pct"] is None
            or row["annualised_low_pct"] is None
            or (row["annualised_low_pct"] <= row["annualised_pct"])
        )
        for name, number in row.items():
            assert not isinstance(number, float) or math.isfinite(number), name


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=observations(), data=st.data())
def test_neither_order_nor_repetition_of_loading_matters(empty, readings, data):
    first = rates(empty, readings)
    assert rates(empty, data.draw(st.permutations(readings))) == first
    if readings:
        assert record(empty, readings, NOW + timedelta(days=7)) == 0
        derive(empty, growth.RATE)
        assert empty.execute("select count(*) from growth.rate").fetchall() == [(len(first),)]
