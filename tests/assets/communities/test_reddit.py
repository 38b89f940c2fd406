"""Reddit through PRAW: every error of PRAW becomes one of ours, and no error contains a key."""

import json
import logging
import time
import traceback
from types import SimpleNamespace

import praw.config
import prawcore.rate_limit
import prawcore.sessions
import pytest
from collecting import point_at
from damaged_json import damaged
from replay import Replay, Reply

from assets.communities import reddit, reddit_session
from assets.http.errors import NotConfiguredError, SourceError, UnexpectedResponseError, UnreachableError
from assets.settings import Settings
from pipelines.sandbox.server import Sandbox

SECRET, TOKEN = "hush-hush-secret", "token-of-a-test"
APP = reddit.App("an-app", SECRET, "python:tidegauge:0.1.0 (by the tests)")
GRANTED = {"access_token": TOKEN, "token_type": "bearer", "expires_in": 86400, "scope": "*"}
NAMES = ["LocalLLaMA", "ollama"]


def child(name, **fields):
    return {"kind": "t5", "data": {"display_name": name, "id": "2r0ij", **fields}}


def listing(*children):
    return json.dumps({"kind": "Listing", "data": {"modhash": "", "dist": 1, "children": list(children)}}).encode()


GOOD = listing(child("Ollama", subscribers=7), child("LocalLLaMA", subscribers=500_000, active_user_count=None))


class Loopback(Replay):
    """Serves `token` at the token's address and `data` at the data's, one reply after the other; the last one repeats."""

    def __init__(self, data, token=None):
        self.data = list(data)
        self.token = token or Reply(json.dumps(GRANTED).encode())
        super().__init__([], before=self.choose)

    def choose(self, number, path):
        if path == "/api/v1/access_token":
            return self.token
        return self.data.pop(0) if len(self.data) > 1 else self.data[0]

    @property
    def gets(self):
        return sum(path.startswith("/api/info/") for path in self.asked)


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    """Record how long PRAW would have slept."""
    seconds: list[float] = []
    clock = SimpleNamespace(sleep=seconds.append, monotonic=time.monotonic, monotonic_ns=time.monotonic_ns)
    monkeypatch.setattr(prawcore.sessions, "time", clock)
    monkeypatch.setattr(prawcore.rate_limit, "time", clock)
    return seconds


def refusal(server, app=APP):
    with server, pytest.raises(SourceError) as raised:
        reddit.ask_reddit(server.url, app, NAMES)
    error = raised.value
    told = "".join([repr(error), str(error), *traceback.format_exception(error)])
    assert SECRET not in told
    assert TOKEN not in told
    return error


HTML = {"Content-Type": "text/html"}
DATE = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}


@pytest.mark.parametrize(
    ("replies", "kind", "status", "gets", "says"),
    [
        ([Reply(b'{"reason": "private", "message": "Forbidden", "error": 403}', 403)], UnexpectedResponseError, 403, 1, "private"),
        ([Reply(b'{"reason": "gated"}', 403)], UnexpectedResponseError, 403, 1, "gated"),
        ([Reply(b"<html>blocked</html>", 403, HTML)], UnexpectedResponseError, 403, 1, "status 403"),
        ([Reply(b'{"reason": "banned", "message": "Not Found", "error": 404}', 404)], UnexpectedResponseError, 404, 1, "banned"),
        ([Reply(b"", 302, {"Location": "/subreddits/search?q="})], UnexpectedResponseError, 302, 1, "status 302"),
        ([Reply(b"", 302)], UnexpectedResponseError, 302, 1, "status 302"),
        ([Reply(b"{}", 429, {"retry-after": "7"})], UnreachableError, 429, 1, "status 429"),
        ([Reply(b"{}", 429, DATE)], UnreachableError, 429, 1, "status 429"),
        ([Reply(b"{}", 429)], UnreachableError, 429, 1, "status 429"),
        ([Reply(b"busy", 503)], UnreachableError, 503, 3, "status 503"),
        ([Reply(b"<html>wait</html>", 200, HTML)], UnexpectedResponseError, 200, 1, "another form than until now"),
        ([Reply(b"{}", 401)], UnexpectedResponseError, 401, 3, "status 401"),
        ([Reply(b"{}", 401, {"www-authenticate": 'Bearer error="new"'})], UnexpectedResponseError, 401, 3, "status 401"),
        ([Reply(b'{"reason": "x", "message": "m", "error": 1}', 400)], UnexpectedResponseError, 400, 1, "status 400"),
        ([Reply(b"[1]", 400)], UnexpectedResponseError, 400, 1, "status 400"),
        ([Reply(b"{}", 451)], UnexpectedResponseError, 451, 1, "status 451"),
        ([Reply(b"[" * 100_000)], UnexpectedResponseError, 200, 1, "another form than until now"),
        ([Reply(b"\xff")], UnexpectedResponseError, 200, 1, "another form than until now"),
    ],
)  # fmt: skip
def test_errors_of_praw_become_ours(replies, kind, status, gets, says):
    server = Loopback(replies)
    error = refusal(server)
    assert (type(error), error.http_status, server.gets) == (kind, status, gets)
    assert says in error.reason


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (Reply(b'{"message": "Unauthorized", "error": 401}', 401), 401),
        (Reply(b'{"error": "invalid_grant"}'), 401),
        (Reply(json.dumps({"error": SECRET}).encode()), 401),
        (Reply(b"<html>wait</html>", 200, HTML), 200),
        (Reply(b"[]"), 200), (Reply(b"{}"), 200), (Reply(b"null"), 200), (Reply(b"1"), 200),
        (Reply(json.dumps(GRANTED | {"expires_in": "soon"}).encode()), 200),
        (Reply(json.dumps(GRANTED | {"scope": None}).encode()), 200),
        (Reply(b"[" * 100_000), 200),
        (Reply(b"", 307, {"Location": "http://127.0.0.2:9/api/v1/access_token"}), 307),
    ],
)  # fmt: skip
def test_a_token_that_is_not_one_is_reported_and_no_data_is_requested(token, status):
    server = Loopback([Reply(GOOD)], token)
    error = refusal(server)
    assert isinstance(error, UnexpectedResponseError)
    assert error.http_status == status
    assert server.gets == 0


def test_a_token_that_cannot_be_sent_is_no_response():
    error = refusal(Loopback([Reply(GOOD)], Reply(json.dumps(GRANTED | {"access_token": "two\nlines"}).encode())))
    assert "sends no request" in error.reason


def test_a_closed_port_is_unreachable_and_no_user_agent_is_not_sent():
    with pytest.raises(UnreachableError, match="ConnectionError"):
        reddit.ask_reddit("http://127.0.0.1:9", APP, NAMES)
    for agent in ("", "two\nlines", "кто?", None):
        server = Loopback([Reply(GOOD)])
        error = refusal(server, reddit.App("an-app", SECRET, agent))
        assert "PRAW sends no request" in error.reason
        assert server.asked == []


def test_one_failure_is_tried_again():
    with Loopback([Reply(b"busy", 503), Reply(GOOD)]) as server:
        answer = reddit.ask_reddit(server.url, APP, NAMES)
    assert server.gets == 2
    assert answer.body == GOOD
    assert "sr_name=LocalLLaMA%2Collama" in server.asked[-1]


@pytest.mark.parametrize("used", ["5", "5.0", "many"])
def test_the_quota_never_blocks(slept, used):
    hostile = {"x-ratelimit-remaining": "0", "x-ratelimit-used": used, "x-ratelimit-reset": "86400"}
    with Loopback([Reply(b"busy", 503, hostile), Reply(GOOD, 200, hostile)]) as server:
        assert reddit.ask_reddit(server.url, APP, NAMES).body == GOOD
    assert max(slept, default=0) < 5


def test_a_response_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(reddit_session, "_LARGEST_RESPONSE_BYTES", 1000)
    server = Loopback([Reply(b"[" + b" " * 5000 + b"]")])
    assert isinstance(refusal(server), UnreachableError)
    assert server.gets == 1


@pytest.mark.parametrize("key", [SECRET, TOKEN])
def test_a_response_that_repeats_a_key_is_not_kept(key):
    error = refusal(Loopback([Reply(listing(child("ollama", subscribers=1, title=key)))]))
    assert "repeats our own key" in error.reason


def test_nothing_of_the_environment_or_of_a_file_changes_the_host(monkeypatch, tmp_path, caplog):
    with Loopback([Reply(GOOD)]) as other, Loopback([Reply(GOOD)]) as server:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "praw.ini").write_text(f"[DEFAULT]\noauth_url={other.url}\nreddit_url={other.url}\n")
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
        monkeypatch.setattr(praw.config.Config, "CONFIG", None)
        for name, value in {
            "praw_username": "me", "praw_password": "mine", "praw_refresh_token": "r", "praw_site": "none",
            "praw_oauth_url": other.url, "PRAW_ALLOW_ENDPOINT_OVERRIDE": "1", "HOME": str(tmp_path),
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        with caplog.at_level(logging.DEBUG):
            reddit.ask_reddit(server.url, APP, NAMES)
        monkeypatch.setattr(praw.config.Config, "CONFIG", None)
        assert other.asked == []
        assert server.posted == [b"grant_type=client_credentials"]
        assert server.authorizations[-1] == f"bearer {TOKEN}"
    assert SECRET not in caplog.text
    assert TOKEN not in caplog.text
    assert SECRET not in repr(APP)


def test_the_live_service_has_one_host_for_tokens_and_another_for_data():
    assert reddit.data_address("https://www.reddit.com") == "https://oauth.reddit.com"
    assert reddit.data_address("http://127.0.0.1:1/reddit") == "http://127.0.0.1:1/reddit"


def test_without_a_key_it_is_not_configured():
    for app in ((None, SECRET), ("an-app", None), ("", "")):
        with pytest.raises(NotConfiguredError):
            reddit.reddit_app(*app, None)
    assert "(by Jane jane@example.org)" in reddit.reddit_app("a", "b", "Jane jane@example.org").user_agent


def test_names_are_joined_whatever_their_case_and_order_and_those_left_out_are_reported():
    found = reddit.read_subscribers(GOOD, ["LocalLLaMA", "gone", "ollama"])
    assert found.by_name == {"LocalLLaMA": 500_000, "ollama": 7}
    assert list(found.without) == ["gone"]


@pytest.mark.parametrize("subscribers", [{}, {"subscribers": None}])
def test_no_subscribers_are_no_figure_and_visitors_are_none_either(subscribers):
    body = listing(child("LocalLLaMA", subscribers=10), child("ollama", weekly_active_users=34_364, **subscribers))
    found = reddit.read_subscribers(body, NAMES)
    assert found.by_name == {"LocalLLaMA": 10}
    assert list(found.without) == ["ollama"]


@pytest.mark.parametrize(
    "body",
    [
        listing(),
        listing(child("ollama", subscribers=None)),
        listing(child("another", subscribers=3)),
        listing(child("ollama", subscribers=3), child("OLLAMA", subscribers=4)),
        listing(child("ollama", subscribers=-3)),
        listing(child("ollama", subscribers="3")),
        listing(child("ollama", subscribers=10**11)),
        listing(child("ollama", subscribers=3)).replace(b"t5", b"t3"),
        GOOD.replace(b"Listing", b"Link"),
    ],
)
def test_a_response_that_does_not_fit_is_rejected(body):
    with pytest.raises(UnexpectedResponseError):
        reddit.read_subscribers(body, NAMES)


def test_a_damaged_response_never_gives_another_number():
    good = reddit.read_subscribers(GOOD, NAMES).by_name
    forms = list(damaged(GOOD))
    assert len(forms) > 100
    for form in forms:
        try:
            found = reddit.read_subscribers(form, NAMES).by_name
        except SourceError:
            continue
        assert found.items() <= good.items(), form


def test_the_stand_in_speaks_as_reddit_does(monkeypatch):
    with Sandbox(models=100) as sandbox:
        point_at(sandbox, monkeypatch)
        url = sandbox.addresses["TIDEGAUGE_REDDIT_URL"]
        names = ["ollama", "no_such_place", "LocalLLaMA"]
        found = reddit.read_subscribers(reddit.ask_reddit(url, APP, names).body, names)
        assert list(found.without) == ["no_such_place"]
        sandbox.week = 1
        later = reddit.read_subscribers(reddit.ask_reddit(url, APP, names).body, names)
        assert later.by_name["ollama"] > found.by_name["ollama"]
        assert reddit.probe(Settings()) == "with the app's key"
