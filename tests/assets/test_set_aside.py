"""One odd item never costs a source its week: it is set aside, named, reported once, and the others are loaded."""

import json
from datetime import UTC, date, datetime

import duckdb
import pytest
from collecting import collect, found, point_at
from damaged_json import damaged
from replay import Replay, Reply

from assets.communities import arctic_shift
from assets.http import client
from assets.http.errors import (
    ItemNotFoundError,
    NotConfiguredError,
    UnexpectedResponseError,
    UnreachableError,
    item_not_found,
    unexpected_field,
)
from assets.landing.responses import ResponseStore
from assets.list_source import ItemErrors
from assets.replay import replay as replay_stored
from assets.resources import Warehouse
from pipelines.sandbox.server import Sandbox
from warehouse.database.derive import derive
from warehouse.facts.collections import Collection, record_collection
from warehouse.facts.set_aside_items import SetAside, record_set_aside
from warehouse.facts.versioned_rows import record_versions
from warehouse.seeds import lists
from warehouse.seeds.lists import DiscordInvite
from warehouse.tables.events import MILESTONE
from warehouse.tables.table import Column, Table, required

NOW = datetime(2026, 9, 1, 6, tzinfo=UTC)


@pytest.fixture
def sandbox(monkeypatch):
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.0)
    monkeypatch.setattr(client, "JITTER_S", 0.0)
    with Sandbox(models=100) as running:
        point_at(running, monkeypatch)
        yield running


def odd_first(odd: Reply, good: bytes, marks: str):
    """Serve `odd` for each path with `marks`, and `good` (its NAME replaced by the last part of the path) for others."""

    def reply(_number: int, path: str) -> Reply:
        parts = path.partition("?")[0].strip("/").split("/")
        return (
            odd if marks in path else Reply(good.replace(b"NAME", parts[-1 if parts[-1] != "recent" else -2].encode()))
        )

    return Replay([], before=reply)


PYPI = b'{"data": {"last_day": 7, "last_month": 210, "last_week": 49}, "package": "NAME", "type": "recent_downloads"}'
NULLS = b'{"data": {"last_day": null, "last_month": null, "last_week": null}, "package": "vllm", "type": "recent_downloads"}'
DOCKER = b'{"namespace": "one", "name": "NAME", "pull_count": 812}'


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (Reply(NULLS), "last_day"),
        (Reply(b"{}", 404), "there is no such package"),
        (Reply(b"oops", 500), "status 500"),
        (Reply(b"<html>", 200, {"Content-Type": "text/html"}), "text/html"),
        (Reply(b"{", 200), "JSON"),
        (Reply(b"", 200, {"Content-Length": "40"}), "no usable response"),
    ],
)
def test_one_odd_package_costs_itself(sandbox, monkeypatch, odd, why):
    monkeypatch.setattr(lists, "pypi_packages", lambda: ["vllm", "peft", "torch"])
    with odd_first(odd, PYPI, "vllm") as service:
        monkeypatch.setenv("TIDEGAUGE_PYPISTATS_URL", service.url)
        monkeypatch.setattr(client, "READ_TIMEOUT_S", 1)
        shown = collect("pypistats", sandbox, 0)
    assert shown is not None
    assert shown["items_set_aside"] == 1
    assert found("select entity, value from core.observation order by 1") == [("peft", 210.0), ("torch", 210.0)]
    ((item, reason),) = found("select item, reason from meta.set_aside_item")
    assert item == "vllm"
    assert why in reason
    ((status, rows, reason),) = found('select status, "rows", reason from meta.collection')
    assert (status, rows) == ("partial", 2)
    assert reason.startswith("set aside: vllm: ")
    assert "docs/operations.md#item_set_aside" in reason


def test_one_image_of_many_damaged_forms_never_gives_another_number(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "docker_images", lambda: ["one/a", "one/b", "one/c"])
    for week, form in enumerate(list(damaged(DOCKER.replace(b"NAME", b"b")))[:50]):
        with odd_first(Reply(form), DOCKER, "/b") as service:
            monkeypatch.setenv("TIDEGAUGE_DOCKER_HUB_URL", service.url)
            assert collect("docker_hub", sandbox, week) is not None, form
    values = "select distinct entity, value from core.observation order by 1"
    assert found(values) in ([("one/a", 812), ("one/c", 812)], [("one/a", 812), ("one/b", 812), ("one/c", 812)])
    ((odd,),) = found("select count(*) from meta.set_aside_item where item = 'one/b'")
    assert odd > 25


@pytest.mark.parametrize("body", [b'{"message": "404: Nothing here", "code": 0}', b"<html>404</html>", b""])
def test_a_dead_invite_with_another_body_costs_itself(sandbox, monkeypatch, body):
    others = [
        DiscordInvite(community=f"Place {n}", code=f"code{n}", guild_id=f"72974176919276750{n}", note="x")
        for n in range(3)
    ]
    monkeypatch.setattr(lists, "discord_invites", lambda: others)

    def reply(_number: int, path: str) -> Reply:
        n = path.partition("?")[0][-1]
        if n == "1":
            return Reply(body, 404)
        guild = {"id": f"72974176919276750{n}"}
        value = {"guild": guild, "approximate_member_count": 900, "approximate_presence_count": 30}
        return Reply(json.dumps(value).encode())

    with Replay([], before=reply) as service:
        monkeypatch.setenv("TIDEGAUGE_DISCORD_URL", service.url)
        assert collect("discord", sandbox, 0)
    assert found("select item from meta.set_aside_item") == [("Place 1 Discord",)]
    assert found("select count(*) from core.observation") == [(4,)]


def test_a_timeout_of_the_archive_in_the_body_is_retried_and_then_set_aside(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "subreddits", lambda: ["one", "two"])
    points = {"data": [{"date": int(datetime(2026, 8, 30, tzinfo=UTC).timestamp()), "value": 41.5}]}
    for day, heals, items in ((1, True, []), (2, False, [("r/one",)])):
        asked = []

        def reply(_number: int, path: str, heals=heals, asked=asked) -> Reply:
            asked.append("one" in path)
            if asked[-1] and not (heals and sum(asked) == 3):
                return Reply(b'{"data":null,"error":"Timeout. Please wait"}')
            return Reply(json.dumps(points).encode())

        with Replay([], before=reply) as service:
            monkeypatch.setenv("TIDEGAUGE_ARCTIC_SHIFT_URL", service.url)
            assert collect("arctic_shift", sandbox, 0, now=f"2026-09-0{day}T06:00:00+00:00")
        assert sum(asked) == (3 if heals else 4)
        assert found("select item from meta.set_aside_item") == items
    assert "Timeout" in found("select reason from meta.set_aside_item")[0][0]


def test_data_with_an_error_beside_it_is_data():
    assert arctic_shift.subscribers_request("x", date(2026, 9, 1)).not_yet(b'{"data": [], "error": "x"}') is None


@pytest.mark.parametrize(
    ("reply", "requests", "status"),
    [
        (Reply(b"{}", 401), 1, "failed"),
        (Reply(b"{}", 403), 2, "failed"),
        (Reply(b"slow down", 429), 8, "failed"),
        (Reply(b"oops", 503), 12, "failed"),
    ],
)
def test_a_refused_key_and_a_service_that_is_down_are_no_odd_items(sandbox, monkeypatch, reply, requests, status):
    with Replay([], before=lambda n, path: reply) as service:
        monkeypatch.setenv("TIDEGAUGE_DOCKER_HUB_URL", service.url)
        assert collect("docker_hub", sandbox, 0) is None
    assert len(service.asked) == requests
    assert found("select status from meta.collection") == [(status,)]
    assert found("select count(*) from meta.set_aside_item") == [(0,)]


@pytest.mark.parametrize(
    ("odd", "of", "fails"), [(1, 2, False), (1, 3, False), (2, 3, True), (2, 6, False), (3, 6, True)]
)
def test_too_many_odd_items_are_a_failure_that_names_them(tmp_path, odd, of, fails):
    errors = ItemErrors(ResponseStore(tmp_path, "x", date(2026, 9, 1)))
    for number in range(of):
        with errors.item(f"item-{number}"):
            if number < odd:
                raise unexpected_field("x", f"item-{number}", "count", "a number", None)
    if not fails:
        errors.raise_if_too_many()
        assert [one.item for one in errors.set_aside] == [f"item-{number}" for number in range(odd)]
        return
    with pytest.raises(UnexpectedResponseError, match=f"{odd} of {of} items") as raised:
        errors.raise_if_too_many()
    assert all(f"item-{number}: " in raised.value.reason for number in range(odd))


def test_items_that_are_gone_fail_only_together(tmp_path):
    for kept in (1, 0):
        errors = ItemErrors(ResponseStore(tmp_path, "x", date(2026, 9, 1)))
        for number in range(5):
            with errors.item(f"item-{number}"):
                if number >= kept:
                    raise item_not_found("x", f"item-{number}", "gone")
        if kept:
            errors.raise_if_too_many()
        else:
            with pytest.raises(ItemNotFoundError, match="5 of 5"):
                errors.raise_if_too_many()


def test_one_item_without_any_response_is_odd_and_two_in_a_row_are_a_service_that_is_down(tmp_path):
    errors = ItemErrors(ResponseStore(tmp_path, "x", date(2026, 9, 1)))
    silent = UnreachableError("x", "nothing", kept="", remedy="")
    with errors.item("a"):
        raise silent
    with errors.item("b"):
        pass
    with errors.item("c"):
        raise silent
    with pytest.raises(UnreachableError), errors.item("d"):
        raise silent
    with pytest.raises(NotConfiguredError), errors.item("e"):
        raise NotConfiguredError("x", "no key", kept="", remedy="")


def test_a_response_that_did_not_fit_is_requested_again(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "docker_images", lambda: ["one/a", "one/b"])
    conditional: list[str] = []
    for day, odd in ((1, b'{"message": "hello"}'), (2, DOCKER.replace(b"NAME", b"b"))):
        reply = Reply(odd, 200, {"ETag": '"same"'})
        good = Reply(DOCKER.replace(b"NAME", b"a"), 200, {"ETag": '"fine"'})
        with Replay([], before=lambda n, path, reply=reply, good=good: reply if "/b" in path else good) as service:
            monkeypatch.setenv("TIDEGAUGE_DOCKER_HUB_URL", service.url)
            assert collect("docker_hub", sandbox, 0, now=f"2026-09-0{day}T06:00:00+00:00")
        conditional += [seen for headers in service.headers for seen in [headers.get("if-none-match", "")] if seen]
    assert '"same"' not in conditional
    assert found("select count(*) from meta.set_aside_item") == [(0,)], "the item was well in the same week"


def test_the_stored_responses_of_a_partial_collection_are_replayed_with_its_reasons(
    sandbox, monkeypatch, home, tmp_path
):
    monkeypatch.setattr(lists, "pypi_packages", lambda: ["vllm", "peft", "torch"])
    with odd_first(Reply(b"oops", 500), PYPI, "vllm") as service:
        monkeypatch.setenv("TIDEGAUGE_PYPISTATS_URL", service.url)
        assert collect("pypistats", sandbox, 0)
    queries = (
        "select * from meta.set_aside_item",
        "select * exclude (recorded_at) from core.observation where basis = 'measured' order by all",
        "select source, status, rows, reason from meta.collection",
    )
    before = [found(query) for query in queries]
    (home / "working" / "tidegauge.duckdb").unlink()
    result = replay_stored(Warehouse(), home / "working" / "landing", tmp_path)
    assert (result.collections, result.not_loaded) == (1, [])
    assert [found(query) for query in queries] == before


def test_an_item_is_reported_once_until_it_is_well_again():
    weeks = [date(2026, 9, 7 + 7 * n) if n < 4 else date(2026, 10, 7 * n - 23) for n in range(7)]
    with Warehouse().writing() as connection:
        for n, odd in enumerate([False, True, True, False, True, True, False]):
            moment = datetime.combine(weeks[n], NOW.timetz())
            collection = Collection(
                run_id=str(n), source="pypistats", week=weeks[n], started_at=moment, finished_at=moment,
                status="partial" if odd else "complete", rows=5, reason="x" if odd else None,
            )  # fmt: skip
            if n == 5:  # a failed attempt, in which nothing was asked, is no week in which it was well
                failed = Collection(
                    run_id="f", source="pypistats", week=weeks[n], started_at=moment, finished_at=moment,
                    status="failed", reason="x",
                )  # fmt: skip
                record_collection(connection, failed)
            record_collection(connection, collection)
            record_set_aside(connection, "pypistats", weeks[n], [SetAside("torch", "it is null.")] if odd else [])
        derive(connection, MILESTONE)
        events = connection.execute(
            "select event, statement from growth.milestone where kind = 'item_set_aside' order by period_start"
        ).fetchall()
    assert events == [
        (f"item_set_aside/pypistats/torch/{weeks[n]}", "pypistats: torch was set aside. it is null.") for n in (1, 4)
    ]


def test_a_partial_source_is_fresh_and_one_that_failed_is_not(sandbox):
    with Warehouse().writing() as connection:
        for source, status, rows in (("a", "partial", 5), ("b", "partial", None), ("c", "failed", None)):
            record_collection(
                connection,
                Collection(
                    run_id="1", source=source, week=date(2026, 8, 31), started_at=NOW, finished_at=NOW, status=status,
                    rows=rows, reason="x",
                ),
            )  # fmt: skip
        connection.execute("insert into meta.release values (1, ?, 1, 1, map())", [NOW])
        rows = connection.execute("select source, is_stale from meta.freshness order by 1").fetchall()
    assert rows == [("a", False), ("b", True), ("c", True)]


THING = Table(
    name="core.made_up_thing",
    description="Made up.",
    grain="each thing and version of it",
    key=("thing", "source", "recorded_at"),
    columns={
        "thing": required("VARCHAR", "Which."),
        "part": Column("BIGINT", "Of what."),
        "source": required("VARCHAR", "The source."),
        "recorded_at": required("TIMESTAMPTZ", "Since when."),
        "is_withdrawn": required("BOOLEAN", "Whether it is gone."),
    },
)


@pytest.mark.parametrize(
    ("keeps", "left"),
    [({"part": 2}, ["a", "c"]), ({"thing": "b'"}, ["a", "b'"]), (None, ["a", "b'", "c"]), ({}, ["a", "b'", "c"])],
)
def test_rows_of_an_item_that_was_set_aside_are_not_withdrawn(keeps, left):
    with duckdb.connect() as connection:
        connection.execute("create schema core")
        connection.execute(THING.ddl())
        rows = [{"thing": "a", "part": 1}, {"thing": "b'", "part": 1}, {"thing": "c", "part": 2}]
        record_versions(connection, THING, rows, "s", NOW)
        record_versions(connection, THING, rows[:1], "s", NOW.replace(day=8), [SetAside("x", "odd", keeps)])
        present = connection.execute(
            "select thing from core.made_up_thing group by thing having not bool_or(is_withdrawn) order by 1"
        ).fetchall()
    assert [thing for (thing,) in present] == left


# Half a file is not believed in silence


def funding_file(rows: int, header: bytes) -> bytes:
    """Return a file of funding rounds in the form of Epoch's, with `rows` rounds."""
    lines = [
        f"rec{n:03},Firm {n},2026-02-{n % 27 + 1:02},Closed,{1000 + n},,,2026-03-01,https://example.org/{n},,Equity,"
        for n in range(rows)
    ]
    return header + b"\n" + "\n".join(lines).encode() + b"\n"


FUNDING_HEADER = (
    b"Id,Company,Close date,Status,Funding (equity),Funding (debt),Valuation (post-money),Report date,Source 1,Notes,Type,"
    b"Exclude from graph view"
)


def collect_funding(monkeypatch, sandbox, week: int, rows: int):
    body = funding_file(rows, FUNDING_HEADER)
    with Replay([], before=lambda n, path: Reply(body, 200, {"Content-Type": "text/csv"})) as service:
        monkeypatch.setenv("TIDEGAUGE_EPOCH_URL", service.url)
        return collect("epoch_funding", sandbox, week)


CURRENT_ROUNDS = "select count(*) from core.funding_round where source = 'epoch_funding'"


def test_half_a_file_is_refused_until_somebody_accepts_it(sandbox, monkeypatch):
    assert collect_funding(monkeypatch, sandbox, 0, 60)
    assert collect_funding(monkeypatch, sandbox, 1, 29) is None
    assert found(CURRENT_ROUNDS) == [(60,)]
    ((reason,),) = found("select reason from meta.collection where status = 'failed'")
    assert "31 of 60 rows of base.funding_round: rec029/equity, rec030/equity" in reason
    assert "TIDEGAUGE_ACCEPT_SHRINK=epoch_funding" in reason
    monkeypatch.setenv("TIDEGAUGE_ACCEPT_SHRINK", "arena, epoch_funding")
    shown = collect_funding(monkeypatch, sandbox, 2, 29)
    assert shown is not None
    assert shown["withdrawn"] == 31
    assert shown["withdrawn_rows"].endswith("rec038/equity, ...")
    assert found(CURRENT_ROUNDS) == [(29,)]


@pytest.mark.parametrize(("rows", "left", "loaded"), [(60, 54, True), (60, 53, False), (6, 4, True), (6, 3, False)])
def test_a_tenth_or_two_rows_may_go_and_are_named(sandbox, monkeypatch, rows, left, loaded):
    assert collect_funding(monkeypatch, sandbox, 0, rows)
    shown = collect_funding(monkeypatch, sandbox, 1, left)
    assert (shown is not None) is loaded
    assert found(CURRENT_ROUNDS) == [(left if loaded else rows,)]
    if shown is not None:
        assert shown["withdrawn"] == rows - left
        assert f"{rows - left} of {rows} rows of base.funding_round: rec{left:03}/equity" in shown["withdrawn_rows"]


def test_an_accepted_withdrawal_is_replayed_without_being_asked_for_again(sandbox, monkeypatch, home, tmp_path):
    assert collect_funding(monkeypatch, sandbox, 0, 40)
    monkeypatch.setenv("TIDEGAUGE_ACCEPT_SHRINK", "epoch_funding")
    assert collect_funding(monkeypatch, sandbox, 1, 11)
    monkeypatch.delenv("TIDEGAUGE_ACCEPT_SHRINK")
    (home / "working" / "tidegauge.duckdb").unlink()
    result = replay_stored(Warehouse(), home / "working" / "landing", tmp_path)
    assert (result.collections, result.not_loaded) == (2, [])
    assert found(CURRENT_ROUNDS) == [(11,)]


# An outage is not a figure


def collect_pulls(monkeypatch, sandbox, week: int, pulls: dict[str, int], day: str | None = None):
    monkeypatch.setattr(lists, "docker_images", lambda: [f"one/{name}" for name in pulls])

    def reply(_number: int, path: str) -> Reply:
        name = path.strip("/").split("/")[-1]
        return Reply(json.dumps({"namespace": "one", "name": name, "pull_count": pulls[name]}).encode())

    with Replay([], before=reply) as service:
        monkeypatch.setenv("TIDEGAUGE_DOCKER_HUB_URL", service.url)
        return collect("docker_hub", sandbox, week, now=day)


def test_a_counter_that_falls_to_zero_is_missing_with_a_reason(sandbox, monkeypatch):
    assert collect_pulls(monkeypatch, sandbox, 0, {"a": 1000, "b": 999, "c": 77_000_000, "d": 0})
    shown = collect_pulls(monkeypatch, sandbox, 1, {"a": 0, "b": 0, "c": 77_100_000, "d": 0})
    assert shown is not None
    assert (shown["figures"], shown["items_set_aside"]) == (3, 1)
    values = "select entity[5:], value from core.observation where period_start = '2026-09-07' order by 1"
    assert found(values) == [("b", 0.0), ("c", 77_100_000.0), ("d", 0.0)]
    assert found("select item, reason from meta.set_aside_item") == [
        ("one/a", "docker_hub_pulls of 2026-09-07: 0, where the last reading is 1,000.")
    ]
    # The last reading stays the last one, however long the outage lasts.
    assert collect_pulls(monkeypatch, sandbox, 2, {"a": 0, "b": 1, "c": 77_200_000, "d": 5})
    assert found("select week from meta.set_aside_item order by 1") == [(date(2026, 9, 7),), (date(2026, 9, 14),)]
    assert found("select count(*) from core.observation where entity = 'one/a'") == [(1,)]


def test_a_counter_that_falls_below_a_hundredth_is_missing_until_it_is_accepted(sandbox, monkeypatch, home, tmp_path):
    assert collect_pulls(monkeypatch, sandbox, 0, {"a": 5_000_000, "b": 5_000_000, "c": 900, "d": 4_000_000})
    shown = collect_pulls(monkeypatch, sandbox, 1, {"a": 1, "b": 50_000, "c": 1, "d": 4_000_001})
    assert shown is not None
    assert shown["items_set_aside"] == 1
    values = "select entity[5:], value from core.observation where period_start = '2026-09-07' order by 1"
    assert found(values) == [("b", 50_000.0), ("c", 1.0), ("d", 4_000_001.0)]
    assert found("select item, reason from meta.set_aside_item") == [
        ("one/a", "docker_hub_pulls of 2026-09-07: 1, where the last reading is 5,000,000.")
    ]
    monkeypatch.setenv("TIDEGAUGE_ACCEPT_SHRINK", "docker_hub")
    assert collect_pulls(monkeypatch, sandbox, 2, {"a": 2, "b": 50_001, "c": 2, "d": 4_000_002})
    readings = "select period_start, value from core.observation_latest where entity = 'one/a' order by 1"
    believed = [(date(2026, 8, 31), 5_000_000.0), (date(2026, 9, 14), 2.0)]
    assert found(readings) == believed
    monkeypatch.delenv("TIDEGAUGE_ACCEPT_SHRINK")
    (home / "working" / "tidegauge.duckdb").unlink()
    assert replay_stored(Warehouse(), home / "working" / "landing", tmp_path).not_loaded == []
    assert found(readings) == believed


def test_a_zero_later_in_the_same_week_does_not_correct_the_figure(sandbox, monkeypatch):
    assert collect_pulls(monkeypatch, sandbox, 0, {"a": 5000, "b": 1})
    assert collect_pulls(monkeypatch, sandbox, 0, {"a": 0, "b": 1}, "2026-09-02T06:00:00+00:00")
    assert found("select value from core.observation_latest where entity = 'one/a'") == [(5000.0,)]


def test_an_outage_of_the_service_is_a_failure(sandbox, monkeypatch):
    assert collect_pulls(monkeypatch, sandbox, 0, {"a": 5000, "b": 5000, "c": 5000})
    assert collect_pulls(monkeypatch, sandbox, 1, {"a": 0, "b": 0, "c": 5001}) is None
    assert found("select count(*) from core.observation") == [(3,)]
    ((reason,),) = found("select reason from meta.collection where status = 'failed'")
    assert "one/a: docker_hub_pulls of 2026-09-07: 0, where the last reading is 5,000." in reason


def test_a_day_that_is_zero_in_the_middle_of_a_series_is_missing(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "subreddits", lambda: ["one", "two"])
    days = [datetime(2026, 8, day, tzinfo=UTC) for day in (26, 27, 28)]

    def reply(_number: int, path: str) -> Reply:
        values = (52_000.0, 0.0, 52_100.0) if "one" in path else (3.0, 0.0, 4.0)
        points = [{"date": int(day.timestamp()), "value": value} for day, value in zip(days, values, strict=True)]
        return Reply(json.dumps({"data": points}).encode())

    with Replay([], before=reply) as service:
        monkeypatch.setenv("TIDEGAUGE_ARCTIC_SHIFT_URL", service.url)
        assert collect("arctic_shift", sandbox, 0)
    assert found("select entity, count(*) from core.observation group by 1 order by 1") == [("r/one", 2), ("r/two", 3)]
    assert found("select item from meta.set_aside_item") == [("r/one",)]


def test_the_odd_weeks_of_the_sandbox_are_shown_and_cost_one_item_each(sandbox):
    for week, source, item in (
        (8, "pypistats", "accelerate"), (10, "pypistats", "torch"), (9, "docker_hub", "localai/localai"),
        (5, "discord", "Mistral AI Discord"),
    ):  # fmt: skip
        assert collect(source, sandbox, week - 1)
        shown = collect(source, sandbox, week)
        assert shown is not None
        assert shown["items_set_aside"] == 1
        assert item in shown["set aside"]
    assert collect("sec_form_d", sandbox, 8)
    of_issuer = "select count(*) from core.form_d_filing where cik = 9900001"
    filings = found(of_issuer)
    assert filings != [(0,)]
    shown = collect("sec_form_d", sandbox, 9)
    assert shown is not None
    assert "CIK 9900001" in shown["set aside"]
    assert found(of_issuer) == filings
    assert collect("arctic_shift", sandbox, 7)
    assert [seen.path for seen in sandbox.requests].count("/arctic-shift/api/time_series") == len(
        lists.subreddits()
    ) + 1
    # In both weeks of the SEC, and in one of them the issuer.
    of_the_sec = [("sandbox_sec_form_d", "0009900004-26-000004")] * 2 + [("sandbox_sec_form_d", "CIK 9900001")]
    assert found("select source, item from meta.set_aside_item order by all") == [
        ("sandbox_discord", "Mistral AI Discord"),
        ("sandbox_docker_hub", "localai/localai"),
        ("sandbox_pypistats", "accelerate"),
        ("sandbox_pypistats", "torch"),
        *of_the_sec,
    ]
