"""Communities end to end: collected in weeks of the sandbox, recorded once, and charted with the published figures."""

import json
from datetime import date

import pytest
from collecting import chart, collect, found, point_at
from replay import Replay, Reply

from assets.resources import Warehouse
from pipelines.sandbox.server import Sandbox
from warehouse.facts.observations import Observation, record
from warehouse.seeds import lists
from warehouse.seeds.lists import DiscordInvite

FIGURES = "select metric, entity, period_start, value from core.observation order by all"


@pytest.fixture
def sandbox(monkeypatch):
    with Sandbox(models=300) as running:
        point_at(running, monkeypatch)
        yield running


def test_every_platform_is_charted_with_what_was_published(sandbox):
    for week in range(2):
        for source in ("reddit", "arctic_shift", "discord", "hub_organisations"):
            assert collect(source, sandbox, week), source
    query = """
        select platform, entity, source, qualifier, count(*), count(growth_pct), bool_and(members > 0), count(online)
        from charts.community where entity in ('r/LocalLLaMA', 'EleutherAI Discord', 'Qwen followers', 'Qwen members')
        group by all order by all
    """
    assert chart("charts.community", query, sandbox) == [
        ("Discord", "EleutherAI Discord", "dataku_2023", "approximate", 2, 1, True, 0),
        ("Discord", "EleutherAI Discord", "sandbox_discord", "approximate", 2, 1, True, 2),
        ("Hugging Face", "Qwen followers", "sandbox_hub_organisations", "exact", 2, 1, True, 0),
        ("Hugging Face", "Qwen members", "sandbox_hub_organisations", "exact", 2, 1, True, 0),
        ("Reddit", "r/LocalLLaMA", "dataku_2023", "approximate", 2, 1, True, 0),
        ("Reddit", "r/LocalLLaMA", "sandbox_arctic_shift", "approximate", 9, 8, True, 0),
        ("Reddit", "r/LocalLLaMA", "sandbox_reddit", "exact", 2, 1, True, 0),
    ]
    assert found("select count(*) from charts.community where metric = 'discord_presence'") == [(0,)]
    assert found("select distinct basis from charts.community where source like 'sandbox%'") == [("measured",)]
    # The archive has each day; the chart shows the first day of each week, from which growth is computed.
    days = "select count(distinct period_start) from core.observation where source = 'sandbox_arctic_shift'"
    assert found(f"{days} and entity = 'r/LocalLLaMA'") == [(63,)]


def test_publishing_accounts_are_the_least_number_of_accounts(sandbox):
    assert collect("discord", sandbox, 0)
    week = date(2026, 8, 31)
    authors = Observation(
        metric="hub_authors", entity="all models", period_start=week, date_precision="week", value=123.0,
        unit="authors", basis="measured", source="sandbox_hub",
    )  # fmt: skip
    with Warehouse().writing() as connection:
        record(connection, [authors], sandbox.world.now(0))
    query = "select platform, members, qualifier from charts.community where entity = 'publishing accounts'"
    assert chart("charts.community", query, sandbox) == [("Hugging Face", 123, "at_least")]


def test_without_a_key_reddit_is_skipped_and_the_archive_is_read(sandbox, monkeypatch):
    monkeypatch.delenv("TIDEGAUGE_REDDIT_CLIENT_ID")
    monkeypatch.delenv("TIDEGAUGE_REDDIT_CLIENT_SECRET")
    skipped = collect("reddit", sandbox, 0)
    assert skipped is not None
    assert "TIDEGAUGE_REDDIT_CLIENT_ID" in skipped["skipped"]
    assert collect("arctic_shift", sandbox, 0)
    assert found("select source, status from meta.collection order by 1") == [
        ("reddit", "skipped"),
        ("sandbox_arctic_shift", "complete"),
    ]
    assert not any(seen.path.startswith("/reddit") for seen in sandbox.requests)


@pytest.mark.parametrize("source", ["reddit", "arctic_shift", "discord", "hub_organisations"])
def test_collecting_twice_counts_once(sandbox, source):
    first = collect(source, sandbox, 1)
    before = found(FIGURES)
    second = collect(source, sandbox, 1, now="2026-09-08T06:00:00+00:00" if source != "arctic_shift" else None)
    assert first is not None
    assert second is not None
    assert first["new_or_changed"] == first["figures"] > 0
    assert second["new_or_changed"] == 0
    assert found(FIGURES) == before


def test_a_week_later_the_archive_adds_only_the_days_that_are_new(sandbox):
    assert collect("arctic_shift", sandbox, 0)
    later = collect("arctic_shift", sandbox, 1)
    assert later is not None
    assert later["new_or_changed"] == 7 * len(lists.subreddits())


def test_an_invite_that_leads_elsewhere_records_nothing_and_the_old_rows_stay(sandbox, monkeypatch):
    assert collect("discord", sandbox, 0)
    before = found(FIGURES)
    elsewhere = {"guild": {"id": "1"}, "approximate_member_count": 9, "approximate_presence_count": 1}
    with Replay([], before=lambda n, path: Reply(json.dumps(elsewhere).encode())) as replay:
        monkeypatch.setenv("TIDEGAUGE_DISCORD_URL", replay.url)
        assert collect("discord", sandbox, 1) is None
    assert found(FIGURES) == before
    reason = "select reason from meta.collection where status = 'failed'"
    assert "guild.id: expected 729741769192767510" in found(reason)[0][0]


def test_a_dead_invite_is_reported_and_the_others_go_on(sandbox, monkeypatch):
    dead = DiscordInvite(community="Gone", code="expired0code", guild_id="729741769192767511", note="made up")
    listed = [dead, *lists.discord_invites()[:1]]
    monkeypatch.setattr(lists, "discord_invites", lambda: listed)
    shown = collect("discord", sandbox, 0)
    assert shown is not None
    assert "Gone Discord: invite expired0code" in shown["set aside"]
    assert found("select source, item from meta.set_aside_item") == [("sandbox_discord", "Gone Discord")]
    assert found("select distinct entity from core.observation") == [("EleutherAI Discord",)]
    assert shown["requests"] == 2
    monkeypatch.setattr(lists, "discord_invites", lambda: [dead])
    assert collect("discord", sandbox, 1) is None
    assert "dead" in found("select reason from meta.collection where status = 'failed'")[0][0]
    assert found("select count(*) from core.observation where value = 0") == [(0,)]


def test_subreddits_that_reddit_leaves_out_are_reported(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "subreddits", lambda: ["LocalLLaMA", "no_such_place"])
    shown = collect("reddit", sandbox, 0)
    assert shown is not None
    assert "r/no_such_place" in shown["set aside"]
    assert found("select source, status, rows from meta.collection") == [("sandbox_reddit", "partial", 1)]
    assert shown["figures"] == 1


def test_more_subreddits_than_fit_in_a_request_are_requested_in_two(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "subreddits", lambda: [f"place_{number}" for number in range(120)])
    shown = collect("reddit", sandbox, 0)
    assert shown is not None
    assert (shown["figures"], shown["requests"]) == (120, 2)


def test_reddits_response_is_stored_and_its_token_is_not(sandbox, home):
    assert collect("reddit", sandbox, 0)
    (folder,) = (home / "working" / "landing" / "reddit").glob("*/collection-001")
    (line,) = (folder / "manifest.jsonl").read_text().splitlines()
    assert "/api/info/?sr_name=LocalLLaMA," in json.loads(line)["url"]
    for file in folder.iterdir():
        assert b"made-up-token" not in file.read_bytes()
