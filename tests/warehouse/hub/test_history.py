"""Eleven weeks of a synthetic Hub with known truth: added, removed, restated, stalled, spiking and missed."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import instance_in_memory
from replay import Replay, model
from warehouses import warehouse_at

from assets.http.hub_service import hub_service
from assets.hub.load_records import read_records
from assets.hub.walk import Walk, walk_models
from assets.resources import Clock
from pipelines.refresh import ExitCode, refresh
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.facts.observations import record
from warehouse.hub import events, models, staging
from warehouse.hub.weekly_totals import week_of_observations
from warehouse.tables import history as history_tables
from warehouse.tables.charts.hub import HUB_DOWNLOADS
from warehouse.tables.core import (
    AUTHOR,
    AUTHOR_WEEK,
    BASE_MODEL_NAME,
    BASE_MODEL_WEEK,
    MODEL,
    OBSERVATION,
    OBSERVATION_LATEST,
)
from warehouse.tables.growth import RATE
from warehouse.tables.history import BIRTHS_AND_DEATHS, CALENDAR_DOWNLOADS
from warehouse.tables.meta import WEEK_CHECKSUM

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def walked(folder: Path, records: list[dict[str, Any]], moment: datetime) -> Walk:
    with Replay([sorted(records, key=lambda one: str(one["_id"]))]) as replay:
        return walk_models(hub_service(replay.url, None), folder / "landing", moment)


def load_week(connection: duckdb.DuckDBPyConnection, walk: Walk) -> None:
    read_records(connection, walk, {})
    models.reject_records(connection, walk.week, walk.source)
    models.add_week(connection, walk.week)
    events.add_week(connection, walk.week, walk.edge, walk.source)
    record(connection, week_of_observations(connection, walk), walk.edge)


def take(connection: duckdb.DuckDBPyConnection, records: list[dict[str, Any]], moment: datetime) -> None:
    """Load a week of records with counters, name, licence and gating only, without a walk."""
    connection.execute(staging.INCOMING_MODEL.ddl())
    columns = ("hub_id", "id", "created_at", "licence", "gated", "downloads_30d", "downloads_all_time")
    connection.executemany(
        f"insert into incoming_model ({', '.join(columns)}) values (?, ?, to_timestamp(('0x' || ?[:8])::bigint), ?, ?, ?, ?)",
        [
            [one["_id"], one["id"], one["_id"], one["licence"], one["gated"], one["downloads"], one["downloadsAllTime"]]
            for one in records
        ],
    )
    week = moment.date() - timedelta(days=moment.weekday())
    models.add_week(connection, week)
    events.add_week(connection, week, moment, "s")


def number_of(moment: datetime) -> int:
    """Return the number of the model that was created at a moment."""
    return int((moment - datetime(2024, 1, 1, tzinfo=UTC)).total_seconds()) // 60


LARGE, SMALL = range(100, 140), range(140, 200)
FRESH, HIT = number_of(NOW + 10 * DAY), number_of(NOW + 15 * DAY)  # created between two readings
PRIVATE = 50  # created in 2024, public later
ROLLED_BACK = range(100, 106)  # one of them permanently
STALLED = range(110, 134)


class World:
    """Forty large models with 2,500 downloads a day, sixty small ones with one, and their events."""

    def __init__(self) -> None:
        self.models = {n: model(n, downloads=75_000, downloadsAllTime=10**6) for n in LARGE}
        self.models |= {n: model(n, downloads=30, downloadsAllTime=1000) for n in SMALL}

    def pass_by(self, days: int) -> None:
        for n, one in self.models.items():
            is_busy = n in LARGE or n == HIT
            one["downloadsAllTime"] += days * (2500 if is_busy else 1)
            one["downloads"] += 1 if is_busy else 0

    def change(self, reading: int) -> None:
        """Advance by some days, then apply the events before a reading."""
        there = self.models
        if reading == 2:
            there[FRESH] = model(FRESH, downloads=5, downloadsAllTime=5)
            there[PRIVATE] = model(PRIVATE, downloads=7, downloadsAllTime=900)
        elif reading == 3:
            self.away = there.pop(199)
            there[HIT] = model(HIT, downloads=50_000, downloadsAllTime=50_000)
        elif reading == 4:
            for n in STALLED:
                there[n]["downloadsAllTime"] -= 7 * 2500
                there[n]["downloads"] -= 1
            there[199] = self.away
            there[150]["id"] = "elsewhere/renamed"
            there[151]["gated"] = "auto"
            there[152]["tags"] = ["license:mit"]
        elif reading == 5:
            for n in STALLED:
                there[n]["downloadsAllTime"] += 7 * 2500
            there[151]["gated"] = False
            there[152]["tags"] = []
        elif reading == 6:
            there[140]["downloads"] = 4_000_000
            there[140]["downloadsAllTime"] += 4_000_000
        elif reading == 7:
            for n in ROLLED_BACK:
                there[n]["downloadsAllTime"] -= 7 * 2500 + 100_000
        elif reading == 8:
            for n in ROLLED_BACK[1:]:
                there[n]["downloadsAllTime"] += 7 * 2500 + 100_000
        elif reading == 9:
            there[140]["downloads"] = 30
        elif reading == 10:
            del there[FRESH]

    def records(self) -> list[dict[str, Any]]:
        return [dict(one) for one in self.models.values()]


# Days between the readings: a week was missed before the ninth, and 37 days lie before the tenth.
DAYS = (0, 7, 7, 7, 7, 7, 7, 7, 7, 14, 37)
MOMENTS = [NOW + sum(DAYS[: n + 1]) * DAY for n in range(len(DAYS))]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return the warehouse after all readings of the world."""
    folder = tmp_path_factory.mktemp("world")
    world = World()
    with writing(warehouse_at(folder / "w.duckdb")) as connection:
        for number, (days, moment) in enumerate(zip(DAYS, MOMENTS, strict=True)):
            world.pass_by(days)
            world.change(number)
            load_week(connection, walked(folder, world.records(), moment))
        derive(connection, CALENDAR_DOWNLOADS)
        derive(connection, BIRTHS_AND_DEATHS)
        yield connection


def column(connection: duckdb.DuckDBPyConnection, expression: str, table: str = "core.hub_week") -> list[Any]:
    return [value for (value,) in connection.execute(f"select {expression} from {table} order by week").fetchall()]


def hub_id(number: int) -> str:
    return str(model(number)["_id"])


def test_every_reading_stands_at_its_own_moment(history):
    assert column(history, "observed_at") == MOMENTS
    assert column(history, "days_since_before") == [None, *DAYS[1:]]
    assert column(history, "week_before")[1:] == column(history, "week")[:-1]


def test_births_deaths_and_what_else_happened(history):
    names = ("models", "added", "removed", "returned", "renamed", "gated", "ungated", "relicensed")
    quiet = (0, 0, 0, 0, 0, 0, 0)
    assert history.execute(f"select {', '.join(names)} from core.hub_week order by week").fetchall() == [
        (100, None, None, None, None, None, None, None),
        (100, *quiet),
        (102, 2, 0, 0, 0, 0, 0, 0),
        (102, 1, 1, 0, 0, 0, 0, 0),
        (103, 0, 0, 1, 1, 1, 0, 1),
        (103, 0, 0, 0, 0, 0, 1, 1),
        *[(103, *quiet)] * 4,
        (102, 0, 1, 0, 0, 0, 0, 0),
    ]
    found = history.execute(
        "select hub_id, event, before, after from core.model_event order by week, event, hub_id"
    ).fetchall()
    assert found == [
        (hub_id(PRIVATE), "added", None, None),
        (hub_id(FRESH), "added", None, None),
        (hub_id(HIT), "added", None, None),
        (hub_id(199), "removed", None, None),
        (hub_id(151), "gated", "no", "auto"),
        (hub_id(152), "relicensed", "apache-2.0", "mit"),
        (hub_id(150), "renamed", model(150)["id"], "elsewhere/renamed"),
        (hub_id(199), "returned", None, None),
        (hub_id(152), "relicensed", "mit", None),
        (hub_id(151), "ungated", "auto", "no"),
        (hub_id(FRESH), "removed", None, None),
    ]


STEADY = 7 * (40 * 2500 + 60)  # downloads of a hundred models in a week
NEW = 7 * (2500 + 1 + 1)  # and of the three new ones


def test_flows_are_what_the_counters_rose(history):
    assert column(history, "flow") == [
        None,
        STEADY,
        STEADY,
        STEADY - 7 + 2 * 7,
        STEADY - 7 + NEW - 24 * 7 * 2500,
        STEADY + NEW + 24 * 7 * 2500,
        STEADY + NEW + 4_000_000,
        STEADY + NEW - 6 * 7 * 2500,
        STEADY + NEW + 5 * (7 * 2500 + 100_000),
        2 * (STEADY + NEW),
        37 * (40 * 2500 + 60 + 2500 + 1),
    ]
    assert column(history, "flow_of_new") == [None, 0, 5, 50_000, 0, 0, 0, 0, 0, 0, 0]
    assert column(history, "unplaced") == [None, 0, 900, 0, 0, 0, 0, 0, 0, 0, 0]
    assert column(history, "downloads_30d_of_removed") == [None, 0, 0, 30, 0, 0, 0, 0, 0, 0, 5]


def test_a_counter_that_falls_is_a_row_and_so_is_its_recovery(history):
    assert column(history, "restated_down") == [None, 0, 0, 0, 0, 0, 0, 600_000, 0, 0, 0]
    assert column(history, "models_restated_down") == [None, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0]
    assert column(history, "flow_recovered") == [None, 0, 0, 0, 0, 0, 0, 0, 500_000, 0, 0]
    before = 10**6 + 6 * 7 * 2500
    rows = history.execute(
        "select hub_id, kind, before, after, amount from core.counter_restatement order by week, hub_id"
    ).fetchall()
    assert rows == [
        *[(hub_id(n), "fall", before, before - 100_000, 100_000) for n in ROLLED_BACK],
        *[
            (hub_id(n), "recovery", before - 100_000, before + 2 * 7 * 2500, 100_000)
            for n in ROLLED_BACK[1:]
        ],
    ]  # fmt: skip


def test_totals_reconcile(history):
    total = column(history, "downloads_all_time")
    known = column(history, "flow - restated_down + flow_of_new + unplaced")
    came_and_went = {3: -1014, 4: 1021, 10: -61}  # number 199 was removed and returned, a new one was removed
    for reading in range(1, len(MOMENTS)):
        assert total[reading] - total[reading - 1] == known[reading] + came_and_went.get(reading, 0)


def test_flags_say_which_week_is_not_to_be_trusted(history):
    def weeks(flag: str) -> list[int]:
        return [number for number, value in enumerate(column(history, flag)) if value]

    assert weeks("stalled") == [4]
    assert weeks("rolled_back") == [7]
    assert weeks("frozen") == []
    assert column(history, "share_large_unchanged_pct")[4] == 60
    assert column(history, "share_fallen_pct")[7] == pytest.approx(100 * 6 / 103)
    assert column(history, "models_frozen") == [None] * 5 + [59, 58, 60, 60, 61, 61]


def test_the_robust_twin_leaves_out_what_is_far_above_a_models_own_history(history):
    bot, hit = hub_id(140), hub_id(HIT)
    spikes = history.execute(
        "select hub_id, downloads_30d, usual, readings, kept from core.download_spike order by week, hub_id"
    ).fetchall()
    assert spikes == [
        (hit, 50_000, None, 0, 10_000),
        (hit, 50_001, None, 1, 10_000),
        (hit, 50_002, None, 2, 10_000),
        *[(bot, 4_000_000, 30, readings, 10_030) for readings in (6, 7, 8)],
    ]
    removed = [None, None, None, 40_000, 40_001, 40_002, *[4_000_000 - 10_030] * 3, 0, 0]
    assert column(history, "downloads_30d - downloads_30d_robust") == removed
    shares = [
        share if share is None else pytest.approx(100 * share / raw)
        for share, raw in zip(removed, column(history, "downloads_30d"), strict=True)
    ]
    assert column(history, "share_removed_pct") == shares
    of_flow = [None, None, None, 50_000 - 2334, 17_500 - 2334, 17_500 - 2334, 4_000_007 - 2341, 0, 0, 0, 0]
    assert column(history, "flow - flow_recovered + flow_of_new - flow_robust") == of_flow


def overlap(start: datetime, end: datetime, first: datetime, last: datetime) -> timedelta:
    return max(min(end, last) - max(start, first), timedelta(0))


def next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def calendar(connection: duckdb.DuckDBPyConnection, method: str, columns: str, grain: str = "month") -> dict[Any, Any]:
    rows = connection.execute(
        f"select period_start, {columns} from growth.calendar_downloads where method = ? and grain = ?", [method, grain]
    ).fetchall()
    return {start: tuple(rest) for start, *rest in rows}


def test_months_of_deltas_are_the_true_downloads_of_their_days(history):
    found = calendar(history, "all_time_deltas", "downloads, low, high, days_observed, days_in_period, flag")
    flows = column(history, "flow - flow_recovered + flow_of_new")
    doubtful = column(history, "flow_recovered + unplaced")
    intervals = list(zip(MOMENTS, MOMENTS[1:], flows[1:], doubtful[1:], strict=False))
    flags = {1: "partial, stalled", 2: "stalled, rolled_back", 3: "long_interval", 4: "partial, long_interval"}
    assert set(found) == {date(2026, month, 1) for month in flags}
    for first, (downloads, low, high, days_observed, days_in_period, flag) in found.items():
        start, end = midnight(first), midnight(next_month(first))
        parts = [overlap(a, b, start, end) for a, b, _, _ in intervals]
        true = sum(flow * Fraction(part // timedelta(microseconds=1), (b - a) // timedelta(microseconds=1))
                   for part, (a, b, flow, _) in zip(parts, intervals, strict=True))  # fmt: skip
        assert abs(downloads - true) < len(intervals)
        assert low == sum(flow for a, b, flow, _ in intervals if start <= a and b <= end)
        assert high == sum(flow + more for part, (_, _, flow, more) in zip(parts, intervals, strict=True) if part)
        assert days_observed == sum(parts, timedelta(0)) / DAY
        assert days_in_period == (end - start).days
        assert flag == flags[first.month]
    assert found[date(2026, 3, 1)][3] == 31, "an interval of 37 days covers each of its days"


def test_months_of_windows_know_which_days_no_window_saw(history):
    found = calendar(history, "windows_30d", "downloads, low, high, days_observed, flag")
    windows = [
        (moment - 30 * DAY, moment, raw) for moment, raw in zip(MOMENTS, column(history, "downloads_30d"), strict=True)
    ]
    seen = {12: 25.75, 1: 31, 2: 28, 3: 15.25 + 8.75, 4: 21.25}
    assert {first.month: row[3] for first, row in found.items()} == seen
    for first, (downloads, low, high, days_observed, _) in found.items():
        start, end = midnight(first), midnight(next_month(first))
        parts = [(overlap(a, b, start, end) / DAY, raw) for a, b, raw in windows]
        average = sum(part * raw for part, raw in parts) / sum(part for part, _ in parts)
        assert downloads == pytest.approx(average * days_observed / 30, abs=1)
        inside = [raw * days_observed / 30 for part, raw in parts if part >= 20]
        assert (low is None) == (not inside)
        if inside:
            assert low == pytest.approx(min(*inside, downloads), abs=1)
            assert high == pytest.approx(max(*inside, downloads), abs=1)
    flags = {first.month: row[4] for first, row in found.items()}
    assert flags == {12: "partial", 1: "stalled, rolled_back", 2: "stalled, rolled_back", 3: "partial", 4: "partial"}


def test_the_two_methods_stand_beside_each_other_with_their_difference(history):
    deltas = calendar(history, "all_time_deltas", "downloads, days_observed, difference_pct")
    windows = calendar(history, "windows_30d", "downloads, days_observed, difference_pct")
    february = date(2026, 2, 1)
    (a, a_days, a_pct), (b, b_days, b_pct) = deltas[february], windows[february]
    assert a_pct == pytest.approx(100 * ((a / a_days) / (b / b_days) - 1))
    assert b_pct == pytest.approx(100 * ((b / b_days) / (a / a_days) - 1))
    assert windows[date(2025, 12, 1)][2] is None, "no deltas before the first reading"


def test_the_survivors_curve_misses_who_came_and_went(history):
    rows = history.execute(
        """
        select period_start, births, deaths, returns, net, births_gone, survivors_of_interval, difference, survivors
        from charts.births_and_deaths where period_start >= '2026-01-05' order by period_start
        """
    ).fetchall()
    by_week = {(week - NOW.date()).days // 7: tuple(rest) for week, *rest in rows}
    assert by_week[0] == (None, None, None, None, None, None, None, 0)
    # The model created in week 1 was seen in week 2 and is removed; one that was created in 2024 was new with it.
    assert by_week[2] == (2, 0, 0, 2, 1, 0, 2, 1)
    assert by_week[3] == (1, 1, 0, 0, 0, 1, 0, 0)
    assert by_week[4][:4] == (0, 0, 1, 1)
    assert 9 not in by_week, "a week that was missed has no row"
    before = "select survivors, births from charts.births_and_deaths where period_start = '2024-01-01'"
    assert history.execute(before).fetchall() == [(101, None)]


def test_whole_months_of_the_chart_grow_to_the_month_before_and_say_where_counting_changed(history):
    query = (
        "select period_start, downloads, growth_pct, growth_flag from charts.hub_downloads "
        "where series = 'hub_downloads_calendar_month' order by period_start"
    )
    derive(history, HUB_DOWNLOADS)
    (february, before, no_growth, no_flag), (march, downloads, growth, flag) = history.execute(query).fetchall()
    assert (february, march) == (date(2026, 2, 1), date(2026, 3, 1))
    assert (no_growth, no_flag, flag) == (None, None, None)
    assert growth == pytest.approx(100 * ((downloads / 31) / (before / 28) - 1)), "by the day"
    derive(history, RATE)
    rates = history.execute(
        "select period_end, growth_pct from growth.rate "
        "where metric = 'hub_downloads_calendar_month' and grain = 'month' and not is_partial"
    ).fetchall()
    assert rates == [(march, pytest.approx(growth))], "the chart and the rates agree"
    for change, flagged in ((date(2026, 2, 1), False), (date(2026, 2, 2), True), (date(2026, 4, 1), False)):
        history.execute(
            "delete from meta.definition_change; insert into meta.definition_change by name select source, "
            "'hub_downloads_all_time' as metric, ?::date as effective_on, 'day' as date_precision, 'x' as what_changed, "
            "'x' as url from core.hub_week limit 1",
            [change],
        )
        derive(history, HUB_DOWNLOADS)
        assert history.execute(query).fetchall()[1][3] == ("definition_changed" if flagged else None), change


def test_months_add_up_to_quarters_and_years(history):
    for method in ("all_time_deltas", "windows_30d"):
        months = calendar(history, method, "downloads, days_observed")
        for grain, size in (("quarter", 3), ("year", 12)):
            for first, (downloads, days) in calendar(history, method, "downloads, days_observed", grain).items():
                inside = [row for start, row in months.items()
                          if start.year == first.year and first.month <= start.month < first.month + size]  # fmt: skip
                assert downloads == sum(row[0] for row in inside)
                assert days == pytest.approx(sum(row[1] for row in inside))


# By themselves


Counters = dict[int, tuple[int | None, int | None]]


def counted(counters: Counters) -> list[dict[str, Any]]:
    return [
        model(n, downloads=window, downloadsAllTime=all_time, licence=None, gated="no")
        for n, (window, all_time) in counters.items()
    ]


def bare() -> duckdb.DuckDBPyConnection:
    """Yield an in-memory database with the tables that a week of models needs."""
    connection = duckdb.connect()
    connection.execute(
        "set TimeZone = 'UTC'; create schema core; create schema base; create schema growth; create schema meta"
    )
    for table in (
        OBSERVATION, OBSERVATION_LATEST, MODEL, BASE_MODEL_WEEK, BASE_MODEL_NAME, AUTHOR, AUTHOR_WEEK, WEEK_CHECKSUM,
        *history_tables.TABLES,
    ):  # fmt: skip
        connection.execute(table.ddl())
    return connection


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an empty database."""
    with bare() as connection:
        yield connection


def of_counters(connection: duckdb.DuckDBPyConnection, weeks: list[Counters]) -> None:
    """Load models by number, with their 30-day and all-time counters at each reading."""
    for number, counters in enumerate(weeks):
        take(connection, counted(counters), NOW + number * 7 * DAY)


def test_growth_after_a_fall_is_not_negative_and_what_came_back_is_told_apart(warehouse):
    of_counters(warehouse, [{1: (1, n)} for n in (100, 140, 90, 150)])
    assert column(warehouse, "flow") == [None, 40, 0, 60]
    assert column(warehouse, "restated_down") == [None, 0, 50, 0]
    assert column(warehouse, "flow_recovered") == [None, 0, 0, 50]


def test_what_is_regained_bit_by_bit_after_a_lasting_fall_is_growth(warehouse):
    of_counters(warehouse, [{1: (1, n)} for n in (1000, 500, 700, 900, 1100)])
    assert column(warehouse, "flow") == [None, 0, 200, 200, 200]
    assert column(warehouse, "flow_recovered") == [None, 0, 0, 0, 0]


def test_a_level_lost_in_two_falls_is_recovered_once(warehouse):
    of_counters(warehouse, [{1: (1, n)} for n in (1000, 900, 500, 1010, 1020, 400, 1021)])
    assert column(warehouse, "flow_recovered") == [None, 0, 0, 500, 0, 0, 620]


def test_missing_counters_are_not_zero(warehouse):
    of_counters(warehouse, [{1: (None, None), 2: (5, 10)}, {1: (4, 8), 2: (None, None)}])
    assert column(warehouse, "downloads_30d") == [5, 4]
    assert column(warehouse, "models_compared") == [None, 0]
    assert column(warehouse, "flow") == [None, None]
    assert column(warehouse, "rolled_back") == [None, None]
    assert derive(warehouse, CALENDAR_DOWNLOADS)
    assert calendar(warehouse, "all_time_deltas", "downloads") == {}


def test_counters_that_stand_still_for_weeks_are_stalled_and_frozen(warehouse):
    of_counters(warehouse, [{1: (70_000, 10**6), 2: (10, 100 + n)} for n in range(6)])
    assert column(warehouse, "stalled") == [None, *[True] * 5]
    assert column(warehouse, "frozen") == [*[None] * 5, True]
    assert column(warehouse, "models_frozen") == [*[None] * 5, 2]


def test_the_size_of_what_is_gone_is_not_zero_where_it_is_not_known(warehouse):
    of_counters(warehouse, [{1: (5, 10), 2: (None, None)}, {1: (5, 10)}, {1: (5, 10)}])
    assert column(warehouse, "downloads_30d_of_removed") == [None, None, 0]


def test_a_handful_of_crawled_models_cannot_move_the_robust_total(warehouse):
    quiet = [{n: (100_000, 10**6 + 20_000 * week) for n in range(100)} for week in range(4)]
    crawled = {n: (60_000_000, 10**8) for n in range(5)} | {200: (5_000_000, 5_000_000)}
    of_counters(warehouse, [*quiet, quiet[-1] | crawled])
    raw, robust = column(warehouse, "downloads_30d")[-1], column(warehouse, "downloads_30d_robust")
    assert raw == 95 * 100_000 + 5 * 60_000_000 + 5_000_000
    assert robust[-2] == 100 * 100_000
    assert robust[-1] == 95 * 100_000 + 5 * 1_000_000 + 10_000


def test_what_only_a_replaced_reading_showed_was_not_seen(warehouse):
    alone: Counters = {1: (5, 10)}
    both: Counters = {1: (5, 10), 2: (5, 10)}
    for week, counters in ((0, alone), (1, both), (1, alone), (2, both), (3, alone), (3, both)):
        take(warehouse, counted(counters), NOW + week * 7 * DAY)
    assert column(warehouse, "added") == [None, 0, 1, 0]
    assert column(warehouse, "removed") == column(warehouse, "returned") == [None, 0, 0, 0]
    assert warehouse.execute("select hub_id, event from core.model_event").fetchall() == [(hub_id(2), "added")]


def test_what_a_replaced_reading_said_of_a_model_is_taken_back_though_the_model_is_gone(warehouse):
    there = [model(1, licence=None, gated="no"), model(2, licence="mit", gated="no")]
    changed = [there[0], model(2, licence="apache-2.0", gated="auto", id="new/name")]
    for week, records in ((0, there), (1, changed), (1, there[:1]), (2, there)):
        take(warehouse, records, NOW + week * 7 * DAY)
    events_of_two = warehouse.execute("select event from core.model_event order by week").fetchall()
    assert events_of_two == [("removed",), ("returned",)], "it never was gated, relicensed or renamed"


def newest_counters(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int | None, int | None]]:
    found = connection.execute("select hub_id, downloads_30d_now, downloads_all_time_now from core.model").fetchall()
    return {one: (window, ever) for one, window, ever in found}


def test_the_newest_counters_are_those_of_the_newest_week_and_of_nothing_else(warehouse):
    weeks: list[tuple[int, Counters, dict[int, tuple[int | None, int | None]]]] = [
        (0, {1: (5, 10), 2: (7, 70), 3: (9, 90)}, {1: (5, 10), 2: (7, 70), 3: (9, 90)}),
        # A counter that is missing is not the old one, and one of a model that is gone is none.
        (1, {1: (None, 12), 3: (0, 90)}, {1: (None, 12), 2: (None, None), 3: (0, 90)}),
        (2, {1: (6, 14), 2: (8, 80)}, {1: (6, 14), 2: (8, 80), 3: (None, None)}),
        # Read again: it was gone all along, and the others are corrected.
        (2, {1: (6, None), 4: (1, 1)}, {1: (6, None), 2: (None, None), 3: (None, None), 4: (1, 1)}),
        (3, {3: (2, 95)}, {1: (None, None), 2: (None, None), 3: (2, 95), 4: (None, None)}),
    ]
    for week, counters, expected in weeks:
        take(warehouse, counted(counters), NOW + week * 7 * DAY)
        assert newest_counters(warehouse) == {hub_id(n): found for n, found in expected.items()}


def test_a_week_before_the_newest_is_refused(warehouse):
    take(warehouse, counted({1: (6, 60)}), NOW + 7 * DAY)
    with pytest.raises(models.EarlierWeekError, match=r"2026-01-05 .* 2026-01-12, .* Nothing was written"):
        take(warehouse, counted({1: (5, 50)}), NOW)
    assert newest_counters(warehouse) == {hub_id(1): (6, 60)}


def test_a_file_of_an_earlier_release_is_caught_up_with():
    weeks: list[Counters] = [{n: (10, 100 * week + n) for n in range(1, 5 + week)} for week in range(4)]
    kept = "select * exclude (renamed, gated, ungated, relicensed) from core.hub_week order by week"
    with bare() as whole, bare() as earlier:
        of_counters(whole, weeks)
        of_counters(earlier, weeks[:3])
        earlier.execute(
            "insert into core.observation by name select 'hub_models' as metric, 'all models' as entity, "
            "week as period_start, 'week' as date_precision, observed_at, models as value, 'exact' as qualifier, "
            "'models' as unit, 'measured' as basis, source, map {} as attributes, observed_at as recorded_at from core.hub_week"
        )
        for table in ("core.hub_week", "base.model_event", "base.counter_restatement", "base.download_spike"):
            earlier.execute(f"delete from {table}")
        take(earlier, counted(weeks[3]), NOW + 21 * DAY)
        assert earlier.execute(kept).fetchall() == whole.execute(kept).fetchall()
        assert column(earlier, "renamed") == [None, None, None, 0]


FACTS = ("core.model_event", "core.counter_restatement", "core.download_spike", "core.hub_week")


def everything(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[Any, ...]]]:
    return [connection.execute(f"from {table} order by all").fetchall() for table in FACTS]


COUNTER = st.none() | st.sampled_from([0, 1, 9_999, 10_001, 60_001, 500_000, 10**12])
RECORD = st.fixed_dictionaries(
    {
        "downloads": COUNTER,
        "downloadsAllTime": COUNTER,
        "gated": st.sampled_from([None, "no", "auto", "manual"]),
        "licence": st.sampled_from([None, "mit", "apache-2.0"]),
        "name": st.sampled_from(["one", "other"]),
    }
)
WEEK = st.dictionaries(st.integers(1, 6), RECORD, min_size=1)


def records_of(week: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [model(n, **(fields | {"id": f"{fields['name']}/{n}"})) for n, fields in week.items()]


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(
    weeks=st.lists(st.tuples(WEEK, st.randoms(), st.integers(7, 40)), min_size=2, max_size=5),
    wrong=st.dictionaries(st.integers(1, 6), RECORD, min_size=6),
)
def test_order_and_reading_again_change_nothing(weeks, wrong):
    moment = NOW
    before: dict[int, dict[str, Any]] = {}
    with bare() as once, bare() as twice:
        for number, (week, shuffled, days) in enumerate(weeks):
            records = records_of(week)
            take(once, records, moment)
            if number % 2:
                take(twice, records_of({n: wrong[n] for n in week}), moment)
            shuffled.shuffle(records)
            take(twice, records, moment)
            assert everything(once) == everything(twice)
            for connection in (once, twice):
                found = {one: pair for one, pair in newest_counters(connection).items() if pair != (None, None)}
                truth = {hub_id(n): (one["downloads"], one["downloadsAllTime"]) for n, one in week.items()}
                assert found == {one: pair for one, pair in truth.items() if pair != (None, None)}
            figures = once.execute(
                "select models, flow, restated_down, added + returned, removed, downloads_30d_robust <= downloads_30d, "
                "flow_robust <= flow - flow_recovered + flow_of_new from core.hub_week order by week desc limit 1"
            ).fetchall()[0]
            both = [n for n in week if n in before]
            counters = [(before[n]["downloadsAllTime"], week[n]["downloadsAllTime"]) for n in both]
            steps = [b - a for a, b in counters if a is not None and b is not None]
            assert figures[0] == len(week)
            assert False not in figures[5:]
            if number:
                assert figures[1] == (sum(max(step, 0) for step in steps) if steps else None)
                assert figures[2] == sum(max(-step, 0) for step in steps)
                assert figures[3:5] == (len(week) - len(both), len(before) - len(both))
            before = week
            moment += days * DAY


READINGS = st.lists(
    st.tuples(
        st.integers(7 * 86400, 50 * 86400),
        st.none() | st.integers(0, 10**11),
        st.none() | st.integers(0, 10**12),
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(readings=READINGS)
def test_whatever_was_read_the_parts_make_the_whole(readings):
    moment = NOW
    with bare() as connection:
        for seconds, flow, window, robust_pct in readings:
            connection.execute(
                """
                insert into core.hub_week by name
                select
                    date_trunc('week', $now)::date as week, 's' as source, $now as observed_at, $before as observed_before,
                    1 as models, 0 as flow_recovered, 0 as flow_of_new, 0 as unplaced,
                    $window as downloads_30d, ($window::hugeint * $pct // 100)::bigint as downloads_30d_robust,
                    $flow as flow, ($flow::hugeint * $pct // 100)::bigint as flow_robust
                """,
                {"now": moment + timedelta(seconds=seconds), "before": moment, "window": window, "flow": flow,
                 "pct": robust_pct},
            )  # fmt: skip
            moment += timedelta(seconds=seconds)
        derive(connection, CALENDAR_DOWNLOADS)
        for method in ("all_time_deltas", "windows_30d"):
            totals = {
                grain: connection.execute(
                    "select sum(downloads)::bigint, sum(days_observed) from growth.calendar_downloads "
                    "where method = ? and grain = ?",
                    [method, grain],
                ).fetchall()[0]
                for grain in ("month", "quarter", "year")
            }
            downloads, days = totals["month"]
            for grain in ("quarter", "year"):
                assert totals[grain] == (downloads, None if days is None else pytest.approx(days))
        assert totals_of_flow(connection) == sum(flow for _, flow, _, _ in readings if flow is not None)


def totals_of_flow(connection: duckdb.DuckDBPyConnection) -> int:
    found = connection.execute(
        "select coalesce(sum(downloads), 0)::bigint from growth.calendar_downloads "
        "where method = 'all_time_deltas' and grain = 'month'"
    ).fetchall()
    return int(found[0][0])


def test_a_licence_other_that_gets_a_name_is_not_another_licence(tmp_path):
    licences = ["other", "modified-mit", "other", "mit", "other", None, "my-own", "mit"]
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        for week, licence in enumerate(licences):
            take(
                connection,
                [model(n, licence=one, gated="no") for n, one in ((1, licence), (2, "mit"))],
                NOW + 7 * week * DAY,
            )
        changes = connection.execute(
            "select before, after from base.model_event where event = 'relicensed' order by week"
        ).fetchall()
    assert changes == [("other", "mit"), ("mit", "other"), ("other", None), (None, "my-own"), ("my-own", "mit")]


# The refresh


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Yield an ephemeral Dagster instance."""
    with instance_in_memory() as ephemeral:
        yield ephemeral


@pytest.mark.scale
def test_the_refresh_brings_it_all_to_the_readers(home, instance, monkeypatch):
    world = World()
    with Replay([[]]) as service:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", service.url)
        for number in range(3):
            world.pass_by(DAYS[number])
            world.change(number)
            service.pages[0] = json.dumps(sorted(world.records(), key=lambda one: str(one["_id"]))).encode()
            assert refresh(instance, Clock(simulated_now=MOMENTS[number].isoformat())).exit_code == ExitCode.WELL
    with duckdb.connect(str(home / "published" / "tidegauge.duckdb"), read_only=True) as release:
        assert column(release, "flow") == [None, STEADY, STEADY]
        assert release.execute("select births, deaths from charts.births_and_deaths where births > 0").fetchall() == [
            (2, 0)
        ]
        assert release.execute("select count(*) from core.model_event").fetchall() == [(2,)]
        assert calendar(release, "all_time_deltas", "downloads") == {date(2026, 1, 1): (2 * STEADY + 5,)}
