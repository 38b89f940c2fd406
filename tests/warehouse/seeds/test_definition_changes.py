"""Definition changes: errors in the register are reported, rates across a change are flagged, charts are marked."""

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.declared_sources import SOURCE_ROWS
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.database.schema import prepare
from warehouse.facts.observations import Observation, record
from warehouse.pages.page import write_page
from warehouse.seeds import published_figures
from warehouse.seeds.csv_reader import CuratedError
from warehouse.tables import growth
from warehouse.tables.charts import hub
from warehouse.tables.definition_change import DEFINITION_MARK

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
MONDAY = date(2025, 6, 2)
HUB = "hugging_face_hub"
FILE = "definition_change"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """A connection to a warehouse with the curated figures; each test rolls back the changes of the previous one."""
    with writing(tmp_path_factory.mktemp("register") / "working.duckdb") as connection:
        prepare(connection, NOW)
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        connection.execute(
            "insert into meta.warehouse select 'live', 1, null, now() where not exists (from meta.warehouse)"
        )
        connection.execute("commit")
        connection.execute("begin")
        yield connection


def weekly(metric, weeks, source=HUB, first=MONDAY):
    return [
        Observation(
            metric=metric,
            entity="all models",
            period_start=first + timedelta(weeks=number),
            date_precision="week",
            value=1000.0 + number,
            unit="downloads",
            basis="measured",
            source=source,
        )
        for number in range(weeks)
    ]


def derived(connection, observations):
    connection.execute("rollback")
    connection.execute("begin")
    record(connection, observations, NOW)
    for table in (*growth.TABLES, *hub.TABLES):
        derive(connection, table)


def flagged(connection, metric, grain="week", source=HUB):
    rows = connection.execute(
        "select period_end, coalesce(flag like '%definition_changed%', false) from growth.rate "
        "where metric = ? and grain = ? and source = ? order by 1",
        [metric, grain, source],
    )
    return dict(rows.fetchall())


# The file


def problems(folder):
    with pytest.raises(CuratedError) as raised:
        published_figures.read_folder(folder, SOURCE_ROWS)
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (
            "nobody,hub_models,2025-07-25,day,x,no public page",
            "column source: expected a source, declared or of source.csv; found 'nobody'",
        ),
        (
            f"{HUB},nothing,2025-07-25,day,x,no public page",
            "column metric: expected a metric of metric.csv; found 'nothing'",
        ),
        (
            f"{HUB},hub_models,2025-07-25,month,x,no public page",
            "first day of the period; found effective_on 2025-07-25, date_precision 'month'",
        ),
        (
            f"{HUB},hub_models,July,day,x,no public page",
            "column effective_on: expected a day as YYYY-MM-DD; found 'July'",
        ),
        (
            f"{HUB},hub_models,2025-07-25,day,x,somewhere",
            "column url: expected an https address, or: no public page; found 'somewhere'",
        ),
        (f"{HUB},hub_models,2025-07-25,day,,no public page", "column what_changed: is empty"),
        (f"{HUB},hub_models,2025-07-25,day,x,no public page\n" * 2, "occurs already in definition_change.csv:2"),
    ],
)
def test_an_error_names_its_line_and_column(tmp_path, row, wrong):
    header = "source,metric,effective_on,date_precision,what_changed,url"
    folder = Path(shutil.copytree(published_figures.CURATED, tmp_path / "curated"))
    (folder / f"{FILE}.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    (problem,) = problems(folder)
    assert problem.startswith("definition_change.csv:")
    assert wrong in problem


def test_a_missing_or_wrong_register_changes_nothing(tmp_path):
    folder = Path(shutil.copytree(published_figures.CURATED, tmp_path / "curated"))
    (folder / f"{FILE}.csv").unlink()
    with writing(tmp_path / "w.duckdb") as connection:
        prepare(connection, NOW)
        with pytest.raises(CuratedError, match=r"definition_change\.csv:1: the file is missing"):
            published_figures.load(connection, folder, NOW, SOURCE_ROWS)
        assert connection.execute("select count(*) from core.observation").fetchall() == [(0,)]


def test_known_changes_of_the_hub_are_registered(warehouse):
    warehouse.execute("rollback")
    warehouse.execute("begin")
    days = warehouse.execute(
        "select distinct effective_on, date_precision from meta.definition_change "
        "where source = 'hugging_face_hub' and metric = 'hub_downloads_30d' order by 1"
    ).fetchall()
    assert days == [
        (date(2023, 11, 20), "day"), (date(2024, 4, 1), "month"), (date(2025, 7, 25), "day"), (date(2026, 8, 6), "day"),
    ]  # fmt: skip


# Rates


def test_a_counter_is_flagged_in_the_week_of_the_change_and_in_no_other(warehouse):
    derived(warehouse, weekly("hub_downloads_all_time", 16))
    # 2025-07-25 is the Friday of the week that begins on 2025-07-21: its reading may be earlier or later.
    changed = [day for day, is_flagged in flagged(warehouse, "hub_downloads_all_time").items() if is_flagged]
    assert changed == [date(2025, 7, 21), date(2025, 7, 28)]
    assert flagged(warehouse, "hub_downloads_all_time", "month") == {
        date(2025, 7, 1): False, date(2025, 8, 1): True, date(2025, 9, 1): False,
    }  # fmt: skip


def test_a_window_is_flagged_until_it_lies_after_the_change(warehouse):
    derived(warehouse, weekly("hub_downloads_30d", 16))
    changed = [day for day, is_flagged in flagged(warehouse, "hub_downloads_30d").items() if is_flagged]
    # The last one compares the windows that end on 2025-08-18 (its first day is 2025-07-19) and on 2025-08-25.
    assert changed == [date(2025, 7, 21) + timedelta(weeks=number) for number in range(6)]


def test_a_change_affects_only_its_source_and_metric(warehouse):
    derived(warehouse, weekly("hub_models", 16) + weekly("hub_downloads_all_time", 16, source="sandbox_hub"))
    assert not any(flagged(warehouse, "hub_models").values())
    assert not any(flagged(warehouse, "hub_downloads_all_time", source="sandbox_hub").values())
    assert warehouse.execute("select count(*) from growth.rate where flag like '%definition_changed%'").fetchall() == [
        (0,)
    ]


def test_flags_are_combined(warehouse):
    derived(warehouse, weekly("hub_downloads_30d", 8, first=date(2025, 7, 21)))
    flags = warehouse.execute(
        "select flag from growth.rate where metric = 'hub_downloads_30d' and period_end = '2025-07-28' and grain = 'week'"
    ).fetchall()
    assert flags == [("overlapping_windows, definition_changed",)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.integers(0, 900), min_size=2, max_size=12, unique=True),
    changed=st.integers(-50, 950),
    kind=st.sampled_from(["level", "window_30d"]),
)
def test_every_rate_across_a_change_is_flagged_and_no_other(warehouse, days, changed, kind):
    warehouse.execute("rollback")
    warehouse.execute("begin")
    begin = date(2024, 1, 1)
    effective_on = begin + timedelta(days=changed)
    warehouse.execute("insert into core.metric values ('of_a_test', 'Of a test', 'things', ?, 'of a test')", [kind])
    warehouse.execute(
        "insert into meta.definition_change values ('test', 'of_a_test', ?, 'day', 'all', 'no public page')",
        [effective_on],
    )
    record(
        warehouse,
        [
            Observation(
                metric="of_a_test",
                entity="all",
                period_start=begin + timedelta(days=day),
                value=1.0,
                unit="things",
                basis="measured",
                source="test",
            )
            for day in days
        ],
        NOW,
    )
    derive(warehouse, growth.RATE)
    rates = warehouse.execute(
        "select reading_start, reading_end, coalesce(flag like '%definition_changed%', false) from growth.rate "
        "where metric = 'of_a_test'"
    ).fetchall()
    reach = timedelta(days=30 if kind == "window_30d" else 0)
    for start, end, is_flagged in rates:
        assert is_flagged == (start - reach < effective_on <= end), (start, end, effective_on)


# Charts


def test_a_chart_carries_the_changes_within_its_range_and_no_other(warehouse, tmp_path):
    derived(
        warehouse, weekly("hub_downloads_30d", 16) + weekly("hub_downloads_all_time", 16) + weekly("hub_models", 16)
    )
    marks = warehouse.execute(
        "select chart, period_start, source, metric from charts.definition_mark order by all"
    ).fetchall()
    assert marks == [
        ("hub_downloads", date(2025, 7, 25), HUB, "hub_downloads_30d"),
        ("hub_downloads", date(2025, 7, 25), HUB, "hub_downloads_all_time"),
    ]
    warehouse.execute("insert into meta.release values (1, ?, 16, 1, map {})", [NOW])
    write_page(warehouse, tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    chart = page.split('<section id="hub_downloads"')[1].split("</section>")[0]
    assert "2025-07-25 (hub_downloads_30d, hub_downloads_all_time, hugging_face_hub): params.json joins" in chart
    other = page.split('<section id="hub_models"')[1].split("</section>")[0]
    assert "Definition changed" not in other


@pytest.mark.parametrize(
    ("first", "weeks", "marked"),
    [
        (date(2025, 7, 28), 5, ["hub_downloads_30d"]),  # the first window still has days before the change
        (date(2025, 9, 1), 5, []),  # all after
        (date(2025, 6, 2), 7, []),  # all before
        (date(2025, 7, 21), 1, ["hub_downloads_30d", "hub_downloads_all_time"]),  # the week itself
    ],
)
def test_the_edges_of_a_range(warehouse, first, weeks, marked):
    derived(
        warehouse,
        weekly("hub_downloads_30d", weeks, first=first) + weekly("hub_downloads_all_time", weeks, first=first),
    )
    marks = warehouse.execute(
        "select metric from charts.definition_mark where chart = 'hub_downloads' order by 1"
    ).fetchall()
    assert [metric for (metric,) in marks] == marked


def test_every_series_of_every_chart_can_be_marked():
    listed = set(re.findall(r"\('(\w+)', '(\w+)'\)", DEFINITION_MARK.select))
    rows = set(re.findall(r"from charts\.(\w+)", DEFINITION_MARK.select))
    # Charts of a single week, without weeks, or of verdicts instead of counts.
    apart = {
        "licence_drift", "gpu_requirements", "claim_audit", "claim_figure", "definition_mark", "lineage_coverage",
        "arena_by_release", "funding_total", "rating_and_downloads",
    }  # fmt: skip
    for table in hub.TABLES:
        name = table.name.removeprefix("charts.")
        if name in apart:
            continue
        assert name in rows, f"{name} has no range in {DEFINITION_MARK.select_file.name}"
        read = {
            metric
            for found in re.findall(r"metric (?:=|in) (\([^)]*\)|'\w+')", table.select)
            for metric in re.findall(r"'(\w+)'", found)
        }
        if name in ("model_derivatives", "lineage_depth"):
            read -= {"hub_models"}  # read only for the walk of a week
        assert {metric for chart, metric in listed if chart == name} >= read, name
