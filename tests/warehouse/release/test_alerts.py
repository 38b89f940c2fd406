"""Events: found by their rules, stored as first found, listed in a valid feed, and posted once each."""

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import dagster as dg
import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from instances import instance_in_memory
from pydantic import ValidationError
from replay import Replay, Reply, pages_of
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.http import webhook
from assets.http.addresses import is_loopback
from assets.release.alerts import alerts, events
from assets.resources import Clock, Receiver, Warehouse
from assets.settings import Settings
from pipelines.refresh import ExitCode, refresh
from warehouse.database.connection import File, reading, writing
from warehouse.database.derive import derive
from warehouse.facts.collections import Collection, record_collection
from warehouse.facts.observations import Observation, record
from warehouse.release.alerts import NEWS_LASTS, keep_new, mark_sent, unsent
from warehouse.release.atom_feed import build_feed
from warehouse.release.publish import publish
from warehouse.seeds import published_figures
from warehouse.tables import growth
from warehouse.tables.history import HUB_WEEK

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
MONDAY = date(2026, 1, 5)
ATOM = "{http://www.w3.org/2005/Atom}"
SECRET = "s3cret-of-the-hook"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """A connection to a warehouse without figures; the next test rolls back the changes of the last one."""
    with writing(warehouse_at(tmp_path_factory.mktemp("events") / "working.duckdb")) as connection:
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        connection.execute("commit")
        connection.execute("begin")
        yield connection


def weekly(values: Sequence[float | None], metric="hub_models", entity="all models", source="hugging_face_hub"):
    return [
        Observation(
            metric=metric,
            entity=entity,
            period_start=MONDAY + timedelta(weeks=week),
            date_precision="week",
            value=float(value),
            unit="models",
            basis="measured",
            source=source,
        )
        for week, value in enumerate(values)
        if value is not None
    ]


def found(connection, *observations: list[Observation], kind: str | None = None):
    connection.execute("rollback")
    connection.execute("begin")
    for some in observations:
        record(connection, some, NOW)
    return again(connection, kind)


def again(connection, kind: str | None = None):
    for table in growth.TABLES:
        derive(connection, table)
    rows = connection.execute(
        "select kind, (period_start - ?) // 7, threshold, event, statement, definition_changed from growth.milestone "
        "where ? is null or kind = ? order by period_start, event",
        [MONDAY, kind, kind],
    ).fetchall()
    return rows


def weeks_of(rows):
    return [week for _, week, *_ in rows]


# The rules.


def test_a_round_number_is_passed_once_and_the_highest_of_several_counts(warehouse):
    values = [900_000, 990_000, 1_000_000, 980_000, 1_010_000, 5_200_000, 5_300_000]
    rows = found(warehouse, weekly(values), kind="milestone")
    assert [(week, threshold) for _, week, threshold, *_ in rows] == [(2, 1e6), (5, 5e6)]
    assert rows[0][3] == "milestone/hugging_face_hub/hub_models/all models/1000000"
    assert rows[0][4] == "Public models on the Hub passed 1,000,000: 1,000,000 models."


def test_the_first_value_passes_nothing_and_other_series_are_no_news(warehouse):
    assert found(warehouse, weekly([5_000_000])) == []
    assert found(warehouse, weekly([90, 110], entity="apache-2.0", metric="hub_models_by_licence")) == []
    assert found(warehouse, weekly([90, 110], entity="a part")) == []
    assert weeks_of(found(warehouse, weekly([98, 101], metric="community_members", entity="r/x"))) == [1]


def test_a_record_is_reported_when_it_is_regained(warehouse):
    rising = [1100 + week for week in range(20)]
    assert found(warehouse, weekly(rising), kind="record") == [], "a series that only rises sets one every week"
    values = [1500, 1450, 1460, 1440, 1430, 1420, 1490, 1495, 1501, 1502, 1400, 1501, 1503]
    assert weeks_of(found(warehouse, weekly(values), kind="record")) == [8, 12]
    assert found(warehouse, weekly(values[1:9]), kind="record") == [], "seven readings before are too few"


def test_an_acceleration_is_reported_when_it_begins(warehouse):
    values = [100.0]
    for week in range(1, 30):
        values.append(values[-1] * (1.005 if week <= 12 else 1.02))
    rows = found(warehouse, weekly(values), kind="acceleration")
    # Four weeks at 0.5% are 2.0%; one of them at 2% makes it 3.6%, which is more than one and a half times as much.
    assert weeks_of(rows) == [13]
    slow = [100 * 1.0001**week * (1.001 ** max(0, week - 12)) for week in range(30)]
    assert found(warehouse, weekly(slow), kind="acceleration") == [], "less than one percent in four weeks"
    assert found(warehouse, weekly([*values[:10], None, *values[11:]]), kind="acceleration") != []


def test_a_spike_is_an_outlier(warehouse):
    quiet = [1100.0]
    for week in range(1, 10):
        quiet.append(quiet[-1] * (1.01 if week % 2 else 0.99))
    assert weeks_of(found(warehouse, weekly([*quiet, quiet[-1] * 1.06]), kind="spike")) == [10]
    assert found(warehouse, weekly([*quiet, quiet[-1] * 1.045]), kind="spike") == [], "not five percent"
    assert found(warehouse, weekly([*quiet[2:], quiet[-1] * 1.06]), kind="spike") == [], (
        "seven weeks before are too few"
    )
    wild = [1100 * (1.1 if week % 2 else 1.0) for week in range(12)]
    assert found(warehouse, weekly(wild), kind="spike") == [], "ten percent is usual here"


def test_a_mass_drop_is_more_than_five_percent_of_models_or_downloads_in_a_week(warehouse):
    rows = found(warehouse, weekly([1000, 949, 902, 870]), kind="mass_drop")
    assert weeks_of(rows) == [1]
    assert rows[0][4] == "Public models on the Hub: -5.1% in a week, from 1,000 to 949 models."
    assert found(warehouse, weekly([1000, 950]), kind="mass_drop") == []
    assert found(warehouse, weekly([1000, None, 900]), kind="mass_drop") == [], "a gap is not a week"
    assert found(warehouse, weekly([1000, 900], metric="hub_authors"), kind="mass_drop") == []


def test_a_figure_that_doubles_or_halves_in_a_week_is_implausible_and_kept(warehouse):
    rows = found(warehouse, weekly([100_000, 200_000, 400_001, 200_001, 100_000]), kind="implausible")
    assert weeks_of(rows) == [2, 4]
    assert rows[0][4] == (
        "Public models on the Hub: +100.0% in a week, from 200,000 to 400,001 models, is more than is plausible."
    )
    assert warehouse.execute(
        "select count(*) from core.observation where metric = 'hub_models' and basis = 'measured'"
    ).fetchone() == (5,)
    assert found(warehouse, weekly([100_000, None, 300_000]), kind="implausible") == [], "a gap is not a week"
    assert found(warehouse, weekly([100, 300]), kind="implausible") == [], "a small figure may"


@pytest.mark.parametrize(("odd", "reported"), [(9, False), (10, False), (11, True)])
def test_many_rejected_records_are_reported(warehouse, odd, reported):
    warehouse.execute("rollback")
    warehouse.execute("begin")
    required = {
        name: "0" if column.type not in ("DATE", "TIMESTAMPTZ", "VARCHAR") else f"'{MONDAY}'"
        for name, column in HUB_WEEK.columns.items()
        if column.required
    }
    values = required | {"models": "1000"}
    warehouse.execute(f"insert into core.hub_week ({', '.join(values)}) values ({', '.join(values.values())})")
    warehouse.execute(
        "insert into meta.set_aside by name select 'hugging_face_hub' as source, ?::date as week, 'page-1' as page, "
        "number, 'it is odd' as reason, 'without_field' as treatment from range(?) as of_them(number)",
        [MONDAY, odd],
    )
    rows = again(warehouse, "set_aside")
    assert bool(rows) is reported
    if reported:
        assert rows[0][4] == "11 records of hugging_face_hub were not taken as they came, of 1,000 models."


def test_a_change_of_definition_is_reported(warehouse):
    # 2026-08-06 is in the week that begins on 2026-08-03, the 30th after the first.
    values = [1000.0] * 31 + [900.0]
    (row,) = found(warehouse, weekly(values, metric="hub_downloads_all_time"), kind="mass_drop")
    assert row[-1] is True
    assert row[4].endswith("What is counted was changed in this time.")
    (row,) = found(warehouse, weekly(values, metric="hub_models"), kind="mass_drop")
    assert row[-1] is False


@pytest.mark.parametrize(("days", "stale"), [(9, False), (10, True), (40, True)])
def test_a_source_is_stale_by_the_clock_of_the_refreshes(warehouse, days, stale):
    warehouse.execute("rollback")
    warehouse.execute("begin")

    def collected(run, source, moment, status="complete"):
        reason = None if status == "complete" else "no answer"
        record_collection(
            warehouse,
            Collection(
                run_id=run,
                source=source,
                week=moment.date() - timedelta(days=moment.weekday()),
                started_at=moment,
                finished_at=moment,
                status=status,
                reason=reason,
            ),
        )

    collected("1", "hugging_face_hub", NOW)
    collected("2", "hugging_face_hub", NOW + timedelta(days=days), "failed")
    collected("2", "never", NOW + timedelta(days=days), "skipped")
    collected("2", "curated", NOW + timedelta(days=days))
    rows = again(warehouse, "stale_source")
    assert [event for _, _, _, event, *_ in rows] == (["stale_source/hugging_face_hub/2026-11-16"] if stale else [])
    if stale:
        collected("3", "hugging_face_hub", NOW + timedelta(days=days + 7), "failed")
        assert [row[3] for row in again(warehouse, "stale_source")] == [row[3] for row in rows], (
            "one for each standstill"
        )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=14))
def test_milestones_match_a_reference_implementation(warehouse, values):
    rounds = [factor * 10**power for power in range(7) for factor in (1, 2, 5)]
    expected = []
    for week, value in list(enumerate(values))[1:]:
        passed = [number for number in rounds if max(values[:week]) < number <= value]
        if passed:
            expected.append((week, float(max(passed))))
    rows = found(warehouse, weekly(values), kind="milestone")
    assert [(week, threshold) for _, week, threshold, *_ in rows] == expected


# Stored as first found.


def test_an_event_is_kept_once_and_stays_when_its_figure_is_corrected(warehouse):
    found(warehouse, weekly([900, 1001, 2002]))
    assert keep_new(warehouse, NOW) == 2
    assert keep_new(warehouse, NOW + timedelta(days=7)) == 0
    record(warehouse, weekly([None, 999, 1999]), NOW + timedelta(days=7))
    assert len(again(warehouse)) == 1, "believed now: 1,000 passed in the third week"
    assert keep_new(warehouse, NOW + timedelta(days=7)) == 0, "1,000 is passed only once"
    kept = warehouse.execute("select threshold, value, recorded_at from meta.event order by 1").fetchall()
    assert kept == [(1000, 1001, NOW), (2000, 2002, NOW)]


def test_only_events_since_the_previous_release_are_news(warehouse):
    found(warehouse, weekly([900, 1001]))
    keep_new(warehouse, NOW)
    assert unsent(warehouse, NOW) == [], "the first release posts nothing"
    release = datetime(2026, 1, 14, 6, tzinfo=UTC)  # in the week of the second reading
    warehouse.execute("insert into meta.release values (1, ?, 2, 1, map {})", [release])
    later = NOW + timedelta(hours=1)
    record(warehouse, weekly([None, 2001, 5001]) + weekly([90, 101, 201], metric="hub_authors"), later)
    again(warehouse)
    warehouse.execute("update meta.warehouse set origin = 'live'")
    keep_new(warehouse, NOW)
    news = unsent(warehouse, NOW)
    assert {event.event.split("/", 2)[2] for event in news} == {
        "hub_models/all models/2000", "hub_models/all models/5000", "hub_authors/all models/100", "hub_authors/all models/200",
    }  # fmt: skip
    warehouse.execute("update meta.release set published_at = ?", [release + timedelta(weeks=1)])
    warehouse.execute("delete from meta.event")
    keep_new(warehouse, NOW)
    assert {event.period_start for event in unsent(warehouse, NOW)} == {date(2026, 1, 19)}
    first, *others = unsent(warehouse, NOW)
    mark_sent(warehouse, first, NOW)
    assert unsent(warehouse, NOW) == others
    assert unsent(warehouse, NOW + NEWS_LASTS) == []


# The feed.


def feed_of(home, events):
    database = home / "working" / "tidegauge.duckdb"
    with writing(warehouse_at(database)) as connection:
        connection.execute("update meta.warehouse set origin = 'sandbox'")
        connection.execute(
            "insert into meta.release select 1, ?, 1, 1, map {} where not exists (from meta.release)", [NOW]
        )
        connection.execute("delete from meta.event")
        for event, statement, moment in events:
            connection.execute(
                "insert into meta.event by name select ? as event, 'milestone' as kind, 'sandbox_hub' as source, "
                "date '2026-11-16' as period_start, 'models' as unit, false as definition_changed, ? as statement, "
                "? as recorded_at, false as is_news",
                [event, statement, moment],
            )
    build_feed(database, home)
    return (home / "feed.xml").read_bytes()


def require_atom(content: bytes) -> ElementTree.Element:
    """Check the requirements of RFC 4287 on a feed and its entries; return the feed."""
    feed = ElementTree.fromstring(content)
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
            assert element.findtext(f"{ATOM}{name}")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{ATOM}id") or "")
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo == UTC
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    ids = [element.text for element in feed.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    return feed


def entries(feed: ElementTree.Element) -> dict[str | None, tuple[str | None, str | None]]:
    return {
        entry.findtext(f"{ATOM}title"): (entry.findtext(f"{ATOM}id"), entry.findtext(f"{ATOM}updated"))
        for entry in feed.findall(f"{ATOM}entry")
    }


def test_the_feed_is_atom_and_its_entries_stay(home):
    odd = 'r/<b>&"x"\x00\x0b ]]> é 🌊'
    first = [("a", "first", NOW), ("b", odd, NOW + timedelta(hours=1))]
    feed = require_atom(feed_of(home, first))
    assert list(entries(feed)) == [odd.replace("\x00", "�").replace("\x0b", "�"), "first"]
    assert feed.findtext(f"{ATOM}updated") == "2026-11-16T07:00:00Z"
    assert "made up" in (feed.findtext(f"{ATOM}title") or "")
    later = require_atom(feed_of(home, [*first, ("c", "third", NOW + timedelta(days=7))]))
    assert list(entries(later)) == ["third", *entries(feed)]
    assert entries(later).items() >= entries(feed).items(), "ids and times stay"
    assert later.findtext(f"{ATOM}id") == feed.findtext(f"{ATOM}id")


def test_an_empty_feed_is_a_feed(home):
    feed = require_atom(feed_of(home, []))
    assert entries(feed) == {}
    assert feed.findtext(f"{ATOM}updated") == "2026-11-16T06:00:00Z"


# The webhook.


class Hook:
    """A fake receiver of alerts: it stores the posts, and responds with the given statuses."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.posted: list[dict[str, object]] = []

    @property
    def names(self) -> list[object]:
        return [event["event"] for event in self.posted]


@contextmanager
def receiving() -> Iterator[tuple[Hook, str]]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status = hook.statuses.pop(0) if hook.statuses else 204
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", f"http://127.0.0.1:{server.server_address[1]}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield hook, f"http://127.0.0.1:{server.server_address[1]}/{SECRET}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("statuses", "asked", "why"),
    [
        ([], 1, None),
        ([500, 503], 3, None),
        ([500, 500, 500], 3, "status 500"),
        ([404], 1, "status 404"),
        ([307], 1, "status 307"),
    ],
)
def test_a_post_is_tried_three_times_at_most(statuses, asked, why):
    waits: list[float] = []
    with receiving() as (hook, url):
        hook.statuses = statuses
        if why is None:
            webhook.post(url, {"event": "e"}, sleep=waits.append)
        else:
            with pytest.raises(webhook.NotDeliveredError, match=why) as error:
                webhook.post(url, {"event": "e"}, sleep=waits.append)
            assert SECRET not in str(error.value)
    assert hook.posted == [{"event": "e"}] * asked
    assert len(waits) == asked - 1


@pytest.mark.parametrize("address", [f"http://127.0.0.1:9/{SECRET}", f"https://no.such.host.invalid/{SECRET}"])
def test_an_unreachable_receiver_is_reported_without_its_address(address):
    with pytest.raises(webhook.NotDeliveredError, match="no connection") as error:
        webhook.post(address, {"event": "e"}, sleep=lambda _: None)
    errors = [error.value, error.value.__cause__]
    assert not any(SECRET in str(one) for one in errors)
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        (f"https://example.org/{SECRET}", True),
        (f"http://127.0.0.1:8000/{SECRET}", True),
        (f"http://[::1]:8000/{SECRET}", True),
        (f"http://localhost/{SECRET}", True),
        (f"http://example.org/{SECRET}", False),
        (f"http://127.0.0.1.example.org/{SECRET}", False),
        (f"ftp://example.org/{SECRET}", False),
        (SECRET, False),
    ],
)
def test_the_address_is_https_or_this_machine_and_is_never_shown(monkeypatch, address, fits):
    monkeypatch.setenv("TIDEGAUGE_ALERT_URL", address)
    if fits:
        assert SECRET not in repr(Settings())
        assert not Receiver().wants("sandbox") or is_loopback(address)
        assert Receiver().wants("live")
    else:
        with pytest.raises(ValidationError) as error:
            Settings()
        assert SECRET not in str(error.value)


@pytest.mark.slow
def test_each_event_is_posted_once_over_many_refreshes(home, monkeypatch, caplog):
    """Three weeks of a Hub that passes a round number and loses models, one collected twice; the receiver fails once."""
    moment = datetime(2026, 6, 1, 6, tzinfo=UTC)
    rows = lambda query: _published(home, query)  # noqa: E731
    with receiving() as (hook, url), instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_ALERT_URL", url)

        def week(number: int, models: int, hours: int = 0) -> ExitCode:
            with Replay(pages_of(models)) as hub:
                monkeypatch.setenv("TIDEGAUGE_HUB_URL", hub.url)
                now = moment + timedelta(weeks=number, hours=hours)
                clock = Clock(simulated_now=now.isoformat())
                return refresh(instance, clock).exit_code

        assert week(0, 950) == ExitCode.WELL
        assert hook.posted == []
        hook.statuses = [500] * 3
        assert week(1, 1050) == ExitCode.WELL, "alerts that fail do not fail the refresh"
        passed = rows("select event from meta.event where kind = 'milestone' and metric = 'hub_models'")
        assert passed == [("milestone/hugging_face_hub/hub_models/all models/1000",)]
        assert len(set(hook.names)) == 1
        assert rows("select count(*) from meta.alert") == [(0,)]
        hook.posted.clear()
        assert week(1, 1050, hours=1) == ExitCode.WELL
        first = hook.names
        assert ("milestone/hugging_face_hub/hub_models/all models/1000",) in [(name,) for name in first]
        assert len(first) == len(set(first))
        assert week(2, 990) == ExitCode.WELL
        assert len(hook.names) == len(set(hook.names)), "no event is posted twice"
        assert "mass_drop/hugging_face_hub/hub_models/all models/2026-06-15" in hook.names
        news = rows("select event from meta.event where is_news order by 1")
        assert sorted(hook.names) == [event for (event,) in news]
        with reading(home / "working" / "tidegauge.duckdb") as connection:
            accepted = connection.execute("select event from meta.alert").fetchall()
        assert {name for (name,) in accepted} == set(hook.names)
        message = next(
            event for event in hook.posted if event["kind"] == "mass_drop" and event["metric"] == "hub_models"
        )
        assert (message["value"], message["value_before"], message["period_start"]) == (990.0, 1050.0, "2026-06-15")
        assert message["origin"] == "live"
    feed = require_atom((home / "published" / "feed.xml").read_bytes())
    assert len(entries(feed)) == rows("select count(*) from meta.event")[0][0]
    assert SECRET not in caplog.text
    for path in (home / "published").rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path


def _published(home, query):
    with duckdb.connect(str(home / "published" / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.scale
def test_a_closed_source_is_reported_when_it_is_stale(home, monkeypatch):
    moment = datetime(2026, 6, 1, 6, tzinfo=UTC)
    with receiving() as (hook, url), instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_ALERT_URL", url)
        with Replay(pages_of(950)) as hub:
            monkeypatch.setenv("TIDEGAUGE_HUB_URL", hub.url)
            assert refresh(instance, Clock(simulated_now=moment.isoformat())).exit_code == ExitCode.WELL
        with Replay([], before=lambda number, path: Reply(b"no", 401)) as closed:
            monkeypatch.setenv("TIDEGAUGE_HUB_URL", closed.url)
            for weeks in (2, 3):
                clock = Clock(simulated_now=(moment + timedelta(weeks=weeks)).isoformat())
                assert refresh(instance, clock).exit_code == ExitCode.SOURCE_MISSING
                assert hook.names == ["stale_source/hugging_face_hub/2026-06-01"]


def test_made_up_events_stay_on_this_machine(home, monkeypatch):
    database = home / "working" / "tidegauge.duckdb"
    with writing(warehouse_at(database)) as connection:
        connection.execute("update meta.warehouse set origin = 'sandbox'")
    publish(File(database), home / "published", NOW - timedelta(weeks=40))
    with writing(database) as connection:
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        record(connection, weekly([90, 101], source="sandbox_hub"), NOW)
        connection.execute("update meta.release set published_at = timestamptz '2026-01-05 06:00:00+00'")
        for table in growth.TABLES:
            derive(connection, table)
    asked: list[str] = []
    monkeypatch.setattr(webhook, "post", lambda address, event, sleep: asked.append(address))
    for address, times in ((f"https://example.org/{SECRET}", 0), (f"http://127.0.0.1:1/{SECRET}", 1)):
        monkeypatch.setenv("TIDEGAUGE_ALERT_URL", address)
        resources = {"warehouse": Warehouse(), "clock": Clock(simulated_now=NOW.isoformat()), "receiver": Receiver()}
        with instance_in_memory() as instance:
            assert dg.materialize([events, alerts], resources=resources, instance=instance).success
        assert len(asked) == times
