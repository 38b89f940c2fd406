"""Keys stay where they belong: with their own host, out of texts, logs and files; and what is installed is what was locked."""

import base64
import gzip
import json
import logging
import sqlite3
import threading
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import quote

import dagster as dg
import duckdb
import pytest
import requests
from collecting import point_at
from pydantic import ValidationError
from replay import Replay, Reply

from assets import declared_sources
from assets.communities import reddit
from assets.communities.reddit_session import RecordingSession
from assets.http import webhook
from assets.http.client import Request, Service
from assets.http.errors import SourceError, UnexpectedResponseError, UnreachableError
from assets.http.hub_service import hub_service
from assets.hub.datasets import dataset_service
from assets.hub.resources import Hub
from assets.platforms.github import github_service
from assets.platforms.replicate import replicate_service
from assets.registry import SOURCE_ASSETS
from assets.resources import Clock, Receiver, Warehouse
from assets.settings import CHECKOUT, Settings
from pipelines.commands.demo import KEYS
from pipelines.sandbox.server import Sandbox
from tests.stress.canaries import Echo, forms, leaks_in, plant, search, stranger

KEY = "hf_canary0123456789"
WITH_A_KEY = {
    "hub": lambda url: hub_service(url, KEY),
    "dataset": lambda url: dataset_service("arena", url, KEY),
    "replicate": lambda url: replicate_service(url, KEY),
    "github": lambda url: github_service(url, KEY),
}
SECRETS = [
    *(str(Settings.model_fields[name].alias) for name in ("hf_token", "alert_url", "heartbeat_url")),
    *(key.setting for key in declared_sources.KEYS),
]
URLS = ("TIDEGAUGE_ALERT_URL", "TIDEGAUGE_HEARTBEAT_URL")


def test_every_package_is_locked_with_its_hash():
    packages = tomllib.loads((CHECKOUT / "uv.lock").read_text())["package"]
    files = [file for one in packages for file in [*one.get("wheels", ()), *filter(None, [one.get("sdist")])]]
    assert len(files) > 500
    assert all(file["hash"].startswith("sha256:") and len(file["hash"]) == 71 for file in files)
    without = [one["name"] for one in packages if not one.get("wheels") and not one.get("sdist")]
    assert without == ["tidegauge"], "what has no file comes from elsewhere"
    assert {json.dumps(one["source"]) for one in packages if one["name"] != "tidegauge"} == {
        json.dumps({"registry": "https://pypi.org/simple"})
    }


# Settings and resources.


def test_no_setting_or_resource_shows_a_key(monkeypatch):
    assert len(SECRETS) == 7
    for name in SECRETS:
        url = "http://127.0.0.1:9/" if name in URLS else ""
        monkeypatch.setenv(name, url + KEY)
    settings = Settings()
    shown = [
        settings,
        settings.model_dump(),
        settings.model_dump_json(),
        Hub(),
        Receiver(),
        Warehouse(),
        Hub().service(),
    ]
    shown += [reddit.reddit_app(KEY, KEY, None), list(settings), settings.__pretty__(str), Receiver().model_dump()]
    for one in shown:
        assert KEY not in str(one)
        assert KEY not in repr(one)
    assert Settings().token == KEY


@pytest.mark.parametrize("alias", SECRETS)
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(monkeypatch, alias):
    url = "http://127.0.0.1:9/" if alias in URLS else ""
    monkeypatch.setenv(alias, f"{url}{KEY}\n")
    Settings()  # the end of the line, of a file of secrets
    for wrong in ("{}\r\nX-Evil: 1", "{}\x1b[2J", "{} {}", "{}\u202e", "{}é", "\ud800{}"):
        monkeypatch.setattr("os.environ", {alias: url + wrong.replace("{}", KEY)})
        with pytest.raises(ValidationError) as refused:
            Settings()
        assert KEY not in str(refused.value)
        assert KEY not in repr(refused.value)


def test_a_contact_is_one_line(monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_CONTACT", "Jane Doe jane@example.org\r\nX-Evil: 1")
    with pytest.raises(ValidationError, match="on one line"):
        Settings()


# Keys go to their own host.


@pytest.mark.parametrize("name", WITH_A_KEY)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_a_key_along(name, status):
    downloads = 0
    with Replay([], before=lambda number, path: Reply(b"[]")) as other:
        for target in (
            other.url,
            other.url.replace("127.0.0.1", "localhost"),
            other.url.replace("http://", "http://x@"),
        ):
            moved = Reply(b"", status, {"Location": f"{target}/there"})
            with Replay([], before=lambda number, path, moved=moved: moved) as replay:
                service = WITH_A_KEY[name](replay.url)
                for question in (Request("a"), Request("a", also=frozenset({status}))):
                    with suppress(UnexpectedResponseError):
                        assert service.single_attempt().send(question).status == status
                assert len(other.asked) == downloads
                service.single_attempt().send(Request("download", follow=True))
                downloads += 1
            assert replay.authorizations == [f"Bearer {KEY}"] * 3
        assert len(other.asked) == downloads, "a download is followed, without the key"
        assert KEY not in str(other.headers)


def test_a_download_is_not_followed_to_where_anybody_listens():
    moved = Reply(b"", 302, {"Location": "http://192.0.2.1/x"})
    with Replay([], before=lambda n, path: moved) as replay, pytest.raises(UnexpectedResponseError, match="not https"):
        hub_service(replay.url, KEY).single_attempt().send(Request("file", follow=True))


@pytest.mark.parametrize("name", WITH_A_KEY)
def test_an_address_of_another_host_is_not_asked(name):
    with Replay([], before=lambda n, path: Reply(b"[]")) as other, Replay([]) as replay:
        port = replay.url.rpartition(":")[2]
        for address in (
            other.url, f"http://localhost:{port}", f"http://127.0.0.1:{port}@{other.url[7:]}",
            f"//{other.url[7:]}", f"http://127.0.0.1:{port}.evil.example", "http://127.0.0.1", "file:///etc/passwd",
        ):  # fmt: skip
            with pytest.raises(UnexpectedResponseError, match=r"another host|is not a URL"):
                WITH_A_KEY[name](replay.url).get(f"{address}/next")
        assert other.asked == replay.asked == []


def test_the_own_host_is_requested_at_its_own_address_whatever_the_scheme():
    """A proxy with TLS in front of a mirror: its links say https, and the mirror is configured with http."""
    with Replay([], before=lambda n, path: Reply(b"[]")) as replay:
        hub_service(replay.url, KEY).get(f"https://{replay.url[7:]}/next")
        assert [path.partition("?")[0] for path in replay.asked] == ["/next"]


@pytest.mark.parametrize("name", WITH_A_KEY)
def test_a_key_is_not_sent_where_others_can_read_it(name):
    """The address is reserved for documentation: without the refusal the request would hang until it times out."""
    with pytest.raises(UnreachableError, match=r"would be sent to http://192\.0\.2\.1 in plain text") as error:
        WITH_A_KEY[name]("http://192.0.2.1").send(Request("a"))
    assert KEY not in str(error.value)


def test_reddit_gets_no_key_where_others_can_read_it():
    session = RecordingSession(("http://192.0.2.1",), (KEY,))
    request = session.prepare_request(requests.Request("GET", "http://192.0.2.1/api", headers={"Authorization": KEY}))
    with pytest.raises(requests.exceptions.InvalidURL, match="in plain text"):
        session.send(request)


def test_a_download_is_not_followed_to_an_address_that_holds_the_key():
    """The log of that host would hold it, and so would our error."""
    with Replay([], before=lambda n, path: Reply(b"", 404)) as other:
        moved = Reply(b"", 302, {"Location": f"{other.url}/{KEY}"})
        with Replay([], before=lambda n, path: moved) as replay:
            with pytest.raises(UnexpectedResponseError, match="repeats our own key") as error:
                hub_service(replay.url, KEY).send(Request("file", follow=True))
            assert KEY not in str(error.value)
        assert other.asked == []


def test_netrc_is_not_read_not_even_where_a_download_leads(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password of-netrc\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Replay([], before=lambda n, path: Reply(b"[]")) as other:
        moved = Reply(b"", 302, {"Location": other.url})
        with Replay([], before=lambda n, path: moved if path == "/download" else Reply(b"[]")) as replay:
            hub_service(replay.url, None).get("a")
            hub_service(replay.url, KEY).send(Request("download", follow=True))
            webhook.post(f"{replay.url}/hook", {})
            assert replay.authorizations == [None, f"Bearer {KEY}", None]
        assert other.authorizations == [None]


# What comes back is not kept, and not told.


@pytest.mark.parametrize("name", WITH_A_KEY)
@pytest.mark.parametrize("status", [200, 301, 401, 404, 429, 500])
def test_an_answer_that_repeats_a_key_is_refused_wherever_it_stands(name, status):
    for reply in (
        Reply(f'{{"you": "{KEY}"}}'.encode(), status),
        Reply(b"[]", status, {"X-Echo": f"Bearer {KEY}"}),
        Reply(b"[]", status, {"Link": f'</a?token={KEY}>; rel="next"'}),
        Reply(b"[]", status, {"Location": f"https://{KEY}.example.org/"}),
        Reply(b"[]", status, {"Content-Type": KEY}),
        Reply(b"[]", status, {"ETag": f'"{KEY}"'}),
    ):
        with Replay([], before=lambda n, path, reply=reply: reply) as replay:
            with pytest.raises(UnexpectedResponseError, match="repeats our own key") as error:
                WITH_A_KEY[name](replay.url).send(Request("a", also=frozenset({404})))
            assert KEY not in str(error.value)


def test_a_key_with_signs_is_recognised_percent_encoded():
    key = "a/b+c=="
    with Replay([], before=lambda n, path: Reply(quote(key, safe="").encode())) as replay:
        service = Service("s", replay.url, {"Authorization": f"Bearer {key}"})
        with pytest.raises(UnexpectedResponseError, match="repeats our own key"):
            service.get("a")


@contextmanager
def answering(said: bytes) -> Iterator[str]:
    """Listen, and send some bytes to any client without reading its request."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(said)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    "said",
    [
        f"{KEY} is what you sent\r\n\r\n",
        f"HTTP/1.1 200 {KEY}\r\nContent-Length: 2\r\n\r\n[]",
        f"HTTP/1.1 {KEY} OK\r\n\r\n",
        f"HTTP/1.1 200 OK\r\nContent-Length: {KEY}\r\n\r\n[]",
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n",
        f"HTTP/1.1 200 OK\r\nContent-Encoding: {KEY}\r\nContent-Length: 2\r\n\r\n[]",
        f"HTTP/1.1 503 OK\r\nno colon {KEY}\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_without_the_key(said, caplog, capfd, monkeypatch):
    """Also by urllib3, which would log the address and what it could not read."""
    with answering(said.encode()) as url:
        service = Service("s", url, {"Authorization": f"Bearer {KEY}"}, attempts=1, sleep=lambda _: None)
        with caplog.at_level(logging.INFO):
            with pytest.raises((UnexpectedResponseError, UnreachableError)) as error:
                service.get("a")
            told = reason_of(f"{url}/{KEY}")
    assert KEY not in str(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None
    assert KEY not in told
    assert KEY not in caplog.text
    assert KEY not in "".join(capfd.readouterr())


def reason_of(address: str) -> str:
    try:
        webhook.post(address, {}, sleep=lambda _: None)
    except webhook.NotDeliveredError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("proxy", ["127.0.0.1:9", "127.0.0.1:no-port", "[::1"])
def test_the_password_of_a_proxy_is_not_told(monkeypatch, proxy, caplog):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://user:{KEY}@{proxy}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SourceError) as error:
        Service("s", "http://service.example", {}, attempts=1).get("a")
    assert KEY not in str(error.value)
    with pytest.raises(webhook.NotDeliveredError) as told:
        webhook.post("http://service.example/hook", {}, sleep=lambda _: None)
    assert KEY not in str(told.value)
    assert KEY not in caplog.text


def test_the_receiver_of_alerts_is_never_followed_elsewhere():
    with Replay([]) as other:
        for status in (301, 302, 303, 307, 308):
            moved = Reply(b"", status, {"Location": f"{other.url}/{KEY}"})
            with Replay([], before=lambda n, path, moved=moved: moved) as hook:
                with pytest.raises(webhook.NotDeliveredError, match=f"status {status}"):
                    webhook.post(f"{hook.url}/{KEY}", {"event": "e"})
                assert len(hook.posted) == 1
        assert other.asked == []


# The search for canaries, of which tests/stress/canaries.py is the long form.


def test_the_search_finds_a_canary_in_every_form_and_wherever_it_is_packed(tmp_path):
    canaries = {"HF_TOKEN": plant(1)["HF_TOKEN"]}
    written = {form: f"before{how.decode('latin-1')}after" for form, how in forms(canaries["HF_TOKEN"]).items()}
    rows = [(text,) for text in written.values()]
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(" ".join(written.values()).encode("latin-1")))
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create table t (x varchar)")
        connection.executemany("insert into t values (?)", rows)
        connection.execute(f"copy t to '{tmp_path / 'a.parquet'}'")
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("create table t (x text)")
        connection.executemany("insert into t values (?)", rows)
        connection.commit()
    _, leaks = search(tmp_path, canaries)
    for file in ("a.json.gz", "a.duckdb", "a.parquet", "a.db"):
        found = {leak.form for leak in leaks if Path(leak.where.split()[0]).name == file}
        assert found == set(written), file
    for before in range(3):
        packed = base64.b64encode(f"{'x' * before}{canaries['HF_TOKEN']}yyy".encode())
        assert {leak.form for leak in leaks_in("", packed, canaries)} == {f"base64 +{before}"}
    assert search(tmp_path, {"HF_TOKEN": plant(2)["HF_TOKEN"]})[1] == []


def test_the_history_of_the_demonstration_holds_none_of_its_keys(releases):
    canaries = {name: KEYS[name] for name in ("HF_TOKEN", "TIDEGAUGE_REPLICATE_TOKEN", "TIDEGAUGE_GITHUB_TOKEN")}
    seen, leaks = search(releases.home / "dagster", canaries)
    assert leaks == []
    assert seen > 5


def test_what_services_throw_back_is_in_no_file_and_no_event(home, monkeypatch, capfd):
    """A dozen sources against services that echo: the short form of the campaign."""
    canaries = plant(5)
    with stranger() as (elsewhere, came), Sandbox(models=100) as sandbox:
        point_at(sandbox, monkeypatch)
        for name, canary in canaries.items():
            if name in KEYS:
                monkeypatch.setenv(name, f"A Person {canary}@example.org" if name == "TIDEGAUGE_CONTACT" else canary)
        sandbox.faults = echo = Echo(5, elsewhere)
        asked = [
            one for one in SOURCE_ASSETS if one.key.path[-1] in {"replicate", "github", "reddit", "form_d", "arena"}
        ]
        folder = home / "dagster"
        folder.mkdir(parents=True)
        with dg.DagsterInstance.local_temp(str(folder)) as instance:
            resources = {"warehouse": Warehouse(), "clock": Clock(simulated_now=sandbox.world.now(0).isoformat())}
            for _ in range(2):
                dg.materialize(asked, resources=resources, instance=instance, raise_on_error=False)
    assert all(echo.done.values())
    seen, leaks = search(home, canaries)
    assert leaks == []
    assert seen > 10
    said = "".join(capfd.readouterr())
    assert not [name for name, canary in canaries.items() if canary in said or canary in repr(came)]
