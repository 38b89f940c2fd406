"""Clients of sources that are requested item by item: what they read and reject, and damaged responses."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from collecting import point_at
from damaged_json import damaged
from replay import Replay, Reply

from assets.communities import arctic_shift, discord, hub_organisations
from assets.http.client import Request
from assets.http.errors import (
    ItemNotFoundError,
    NotConfiguredError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
)
from assets.platforms import docker_hub, github, pypistats, replicate
from assets.settings import Settings
from pipelines.sandbox.server import Sandbox
from warehouse.seeds import lists as curated_lists
from warehouse.seeds.csv_reader import CuratedError

TODAY = date(2026, 9, 14)
GUILD = "729741769192767510"


def seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


DAYS = [TODAY - timedelta(days=3), TODAY - timedelta(days=2), TODAY - timedelta(days=1), TODAY]
ARCTIC = {"data": [{"date": seconds(day), "value": 1000.5} for day in DAYS]}
INVITE = {
    "type": 0, "code": "zBGx3azzUn", "expires_at": None, "guild": {"id": GUILD, "premium_tier": 3}, "guild_id": GUILD,
    "channel": {"id": "1", "type": 0, "name": "rules"}, "profile": {"member_count": 9, "online_count": 8},
    "approximate_member_count": 35_125, "approximate_presence_count": 1_602,
}  # fmt: skip
OVERVIEW = {
    "_id": "5f", "name": "google", "fullname": "Google", "isVerified": True, "plan": "enterprise", "numUsers": 4205,
    "numModels": 1126, "numSpaces": 21, "numDatasets": 70, "numPapers": 81, "numFollowers": 62570,
}  # fmt: skip
MODEL = {"url": "u", "owner": "stability-ai", "name": "sdxl", "run_count": 19_361_490, "latest_version": None}
RECENT = {
    "data": {"last_day": 2_700_000, "last_month": 80_000_000, "last_week": 19_000_000},
    "package": "huggingface-hub", "type": "recent_downloads",
}  # fmt: skip
IMAGE = {"user": "ollama", "name": "ollama", "namespace": "ollama", "star_count": 1, "pull_count": 398}
REPOSITORY = {
    "id": 20_580_498,
    "full_name": "kubernetes/kubernetes",
    "stargazers_count": 48_188,
    "watchers_count": 48_188,
}
CONTRIBUTORS = [{"login": "one", "id": 1, "contributions": 4000}]
LINK = '<https://api.github.com/repositories/1/contributors?per_page=1&anon=1&page=2>; rel="next", \
<https://api.github.com/repositories/1/contributors?per_page=1&anon=1&page=3412>; rel="last"'

READERS = {
    "arctic_shift": (ARCTIC, lambda status, body: arctic_shift.read_subscribers(status, body, "x", TODAY)),
    "discord": (INVITE, lambda status, body: discord.read_invite(status, body, "zBGx3azzUn", GUILD)),
    "hub_organisations": (OVERVIEW, lambda status, body: hub_organisations.read_overview(status, body, "Google")),
    "replicate": (MODEL, lambda status, body: replicate.read_runs(status, body, "stability-ai/SDXL")),
    "pypistats": (RECENT, lambda status, body: pypistats.read_downloads(status, body, "huggingface_hub")),
    "docker_hub": (IMAGE, lambda status, body: docker_hub.read_pulls(status, body, "ollama/ollama")),
    "github": (REPOSITORY, lambda status, body: github.read_repository(status, body, "kubernetes/kubernetes")),
    "contributors": (CONTRIBUTORS, lambda status, body: github.read_contributors(status, LINK, body, "a/b")),
}
SAID = {
    "arctic_shift": [arctic_shift.Day(day, 1000.5) for day in DAYS[:3]],
    "discord": discord.Server(35_125, 1_602),
    "hub_organisations": hub_organisations.Organisation(followers=62570, members=4205, models=1126),
    "replicate": 19_361_490,
    "pypistats": 80_000_000,
    "docker_hub": 398,
    "github": github.Repository(20_580_498, "kubernetes/kubernetes", 48_188),
    "contributors": 3412,
}


@pytest.mark.parametrize("source", READERS)
def test_a_response_is_read_and_a_damaged_one_never_gives_another_number(source):
    value, read = READERS[source]
    body = json.dumps(value).encode()
    assert read(200, body) == SAID[source]
    forms = list(damaged(body))
    assert len(forms) > 60
    refused = 0
    for form in forms:
        try:
            found = read(200, form)
        except SourceError:
            refused += 1
            continue
        if source == "arctic_shift":  # a point fewer is a day without a figure; 1.5 is a number as good as any
            known = {one.day: one.subscribers for one in SAID[source]}
            assert all(known[one.day] == one.subscribers or b"1.5" in form for one in found), form
        else:
            assert found == SAID[source], form
    assert refused > 25


@pytest.mark.parametrize("source", ["hub_organisations", "replicate", "pypistats", "docker_hub", "github"])
@pytest.mark.parametrize("body", [b"<html>404</html>", b'{"detail": "no"}', b""])
def test_what_is_gone_is_not_found_and_not_zero(source, body):
    with pytest.raises(ItemNotFoundError, match="404"):
        READERS[source][1](404, body)


# Discord


def test_a_dead_invite_is_not_found_and_another_404_is_not_what_it_was():
    with pytest.raises(ItemNotFoundError, match="dead"):
        discord.read_invite(404, b'{"message": "Unknown Invite", "code": 10006}', "x", GUILD)
    for body in (b'{"message": "404: Not Found", "code": 0}', b"<html>404</html>"):
        with pytest.raises(UnexpectedResponseError):
            discord.read_invite(404, body, "x", GUILD)


@pytest.mark.parametrize(
    "change", [{"guild": {"id": "1114391825336250432"}}, {"approximate_presence_count": 35_126}, {"guild": None}]
)
def test_another_server_or_more_online_than_there_are_is_rejected(change):
    with pytest.raises(UnexpectedResponseError, match="expected"):
        discord.read_invite(200, json.dumps(INVITE | change).encode(), "x", GUILD)


def test_discord_is_requested_as_a_bot_and_a_blocked_page_is_no_response(monkeypatch):
    with Sandbox(models=100) as sandbox:
        point_at(sandbox, monkeypatch)
        assert "about" in discord.probe(Settings())
        dead = replace(curated_lists.discord_invites()[0], code="deadbeef")
        # The sandbox serves every listed invite: only the probe has this one in its list.
        monkeypatch.setattr(discord, "lists", SimpleNamespace(discord_invites=lambda: [dead]))
        with pytest.raises(ItemNotFoundError):
            discord.probe(Settings())
    for status, error, match in ((200, UnreachableError, "text/html"), (403, UnexpectedResponseError, "403")):
        page = Reply(b"<html>error 1015</html>", status, {"Content-Type": "text/html"})
        with Replay([], before=lambda n, path, page=page: page) as replay:
            monkeypatch.setenv("TIDEGAUGE_DISCORD_URL", replay.url)
            with pytest.raises(error, match=match):
                discord.probe(Settings())


# Arctic Shift


@pytest.mark.parametrize(
    "points",
    [
        [(TODAY - timedelta(days=400), 5.0)],
        [(TODAY + timedelta(days=5), 5.0)],
        [(TODAY - timedelta(days=2), 5.0), (TODAY - timedelta(days=2), 5.0)],
        [(TODAY - timedelta(days=2), -5.0)],
        [(TODAY - timedelta(days=2), 1e11)],
    ],
)
def test_days_that_were_not_requested_or_come_twice_are_rejected(points):
    body = json.dumps({"data": [{"date": seconds(day), "value": value} for day, value in points]}).encode()
    with pytest.raises(UnexpectedResponseError):
        arctic_shift.read_subscribers(200, body, "x", TODAY)


def test_milliseconds_are_not_taken_for_seconds():
    body = json.dumps({"data": [{"date": seconds(DAYS[0]) * 1000, "value": 1.0}]}).encode()
    with pytest.raises(UnexpectedResponseError, match="date"):
        arctic_shift.read_subscribers(200, body, "x", TODAY)


def test_a_day_that_is_not_over_is_no_figure_and_nothing_is_not_found():
    for points in ([], [{"date": seconds(TODAY), "value": 9.0}]):
        with pytest.raises(ItemNotFoundError):
            arctic_shift.read_subscribers(200, json.dumps({"data": points}).encode(), "x", TODAY)
    with pytest.raises(ItemNotFoundError, match="422"):
        arctic_shift.read_subscribers(422, b'{"data": null, "error": "Query timed out"}', "x", TODAY)


# PyPI Stats, Docker Hub, Replicate, organisations


@pytest.mark.parametrize(
    ("source", "change"),
    [
        ("pypistats", {"package": "torch"}),
        ("pypistats", {"type": "overall_downloads"}),
        ("pypistats", {"data": {"last_day": 9, "last_week": 8, "last_month": 10}}),
        ("pypistats", {"data": {"last_day": 0, "last_week": 0, "last_month": 0}}),
        ("docker_hub", {"name": "other"}),
        ("replicate", {"owner": "other"}),
        ("hub_organisations", {"name": "other"}),
        ("github", {"full_name": "without-owner"}),
    ],
)
def test_a_response_about_something_else_is_rejected(source, change):
    value, read = READERS[source]
    with pytest.raises(UnexpectedResponseError):
        read(200, json.dumps(value | change).encode())


def test_replicate_needs_a_token_and_never_shows_it(monkeypatch):
    for token in (None, ""):
        with pytest.raises(NotConfiguredError):
            replicate.replicate_service("http://127.0.0.1:9", token)
    with Replay([], before=lambda n, path: Reply(b'{"detail": "bad token"}', 401)) as replay:
        monkeypatch.setenv("TIDEGAUGE_REPLICATE_URL", replay.url)
        monkeypatch.setenv("TIDEGAUGE_REPLICATE_TOKEN", "r8_hush")
        with pytest.raises(UnexpectedResponseError) as raised:
            replicate.probe(Settings())
        assert replay.authorizations == ["Bearer r8_hush"]
    assert "r8_hush" not in str(raised.value)


# GitHub


def test_contributors_are_in_the_last_link():
    one = json.dumps(CONTRIBUTORS).encode()
    assert github.read_contributors(200, LINK, one, "a/b") == 3412
    assert github.read_contributors(200, "", one, "a/b") == 1
    for link in (
        '<https://api.github.com/x?page=2>; rel="next"',
        LINK.replace("3412", "many"),
        LINK.replace("3412", "1"),
    ):
        with pytest.raises(UnexpectedResponseError, match="Link"):
            github.read_contributors(200, link, one, "a/b")
    for page in (b"[]", json.dumps(CONTRIBUTORS * 2).encode()):
        with pytest.raises(UnexpectedResponseError):
            github.read_contributors(200, LINK, page, "a/b")


def test_what_github_does_not_count_is_not_found_and_a_used_up_quota_is_no_response():
    large = {
        "message": "The history or contributor list is too large to list contributors for this repository via the API."
    }
    with pytest.raises(ItemNotFoundError, match="too large"):
        github.read_contributors(403, "", json.dumps(large).encode(), "torvalds/linux")
    with pytest.raises(ItemNotFoundError, match="empty"):
        github.read_contributors(204, "", b"", "a/b")
    for message in ("API rate limit exceeded for 127.0.0.1.", "You have triggered an abuse detection mechanism."):
        for read in (
            lambda body: github.read_contributors(403, "", body, "a/b"),
            lambda body: github.read_repository(403, body, "a/b"),
        ):
            with pytest.raises(UnreachableError) as raised:
                read(json.dumps({"message": message}).encode())
            assert raised.value.http_status == 429


def test_a_project_that_has_moved_is_followed_on_its_own_host_only():
    with Sandbox(models=100) as sandbox:
        service = github.github_service(sandbox.addresses["TIDEGAUGE_GITHUB_URL"], "ghp_hush")
        moved = service.send(github.repository_request("ggerganov/llama.cpp"))
        assert moved.status == 301
        there = service.send(github.moved_request(moved.headers, "ggerganov/llama.cpp"))
        assert (
            github.read_repository(there.status, there.body, "x/y", moved.headers["Location"]).name
            == "ggml-org/llama.cpp"
        )
    with Replay([]) as elsewhere:
        to = {"Location": f"{elsewhere.url.replace('127.0.0.1', 'localhost')}/repositories/1"}
        with Replay([], before=lambda n, path: Reply(b"{}", 301, to)) as replay:
            service = github.github_service(replay.url, "ghp_hush")
            moved = service.send(github.repository_request("a/b"))
            with pytest.raises(UnexpectedResponseError, match="another host"):
                service.send(github.moved_request(moved.headers, "a/b"))
        assert elsewhere.asked == []
    with pytest.raises(UnexpectedResponseError, match="Location"):
        github.moved_request({}, "a/b")


def test_a_token_is_optional_and_sixty_calls_an_hour_are_enough(monkeypatch):
    with Sandbox(models=100) as sandbox:
        url = sandbox.addresses["TIDEGAUGE_GITHUB_URL"]
        monkeypatch.setenv("TIDEGAUGE_GITHUB_URL", url)
        assert "without a token" in github.probe(Settings())
        assert not sandbox.requests[-1].had_authorization
        monkeypatch.setenv("TIDEGAUGE_GITHUB_TOKEN", "ghp_x")
        assert "with a token" in github.probe(Settings())
        assert sandbox.requests[-1].had_authorization
        service = github.github_service(url, None)
        answers = [service.send(Request("repos/a/b", also=frozenset({403}))) for _ in range(60)]
    assert [answer.status for answer in answers] == [200] * 59 + [403]
    assert len(curated_lists.github_projects()) <= github.MOST_PROJECTS
    assert 2 * 2 * github.MOST_PROJECTS <= 60


# The lists


def test_every_list_is_read():
    lists = (
        curated_lists.subreddits(), curated_lists.hub_organisations(), curated_lists.replicate_models(),
        curated_lists.pypi_packages(), curated_lists.docker_images(), curated_lists.github_projects(),
    )  # fmt: skip
    assert all(len(one) > 4 for one in lists)
    assert ("EleutherAI", GUILD) in [(one.community, one.guild_id) for one in curated_lists.discord_invites()]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("community,code,guild_id,note\nA,x/../y,729741769192767510,n\n", "discord_invite.csv:2: column code"),
        ("community,code,guild_id,note\nA,xyz,,n\n", "discord_invite.csv:2: column guild_id"),
        ("community,code,guild_id,note\nA,xyz,12,n\n", "discord_invite.csv:2: column guild_id"),
        (
            "community,code,guild_id,note\nA,xy,729741769192767510,n\na,xyz,729741769192767511,n\n",
            "discord_invite.csv:3",
        ),
        ("community,code,note\nA,x,n\n", "'guild_id' is missing"),
        ("community,code,guild_id,note\n", "no row below the header"),
    ],
)
def test_what_is_wrong_with_a_list_is_reported_by_line_and_column(tmp_path, text, wrong):
    (tmp_path / "discord_invite.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CuratedError, match=wrong):
        curated_lists.discord_invites(tmp_path)
