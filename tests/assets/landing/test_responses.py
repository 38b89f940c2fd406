"""Responses are stored as received, unchanged ones are not downloaded again, and downloads send no key."""

import gzip
import hashlib
import json
import time
from datetime import date
from pathlib import Path

import pytest
import requests
from replay import Replay, Reply
from requests.adapters import HTTPAdapter

from assets.http import client
from assets.http.client import CSV, JSON, PARQUET, Request, Service
from assets.http.errors import SourceError, UnexpectedResponseError, UnreachableError
from assets.landing.replayed_responses import ReplayedResponses
from assets.landing.responses import ResponseStore, source_key
from assets.landing.walk_folder import DamagedLandingError
from pipelines.sandbox.faults import Drip
from pipelines.sandbox.server import Sandbox

WEEK = date(2026, 11, 16)
LATER = date(2026, 11, 23)


def service(url: str, **headers: str) -> Service:
    return Service("made_up", url, headers, attempts=2, sleep=lambda seconds: None)


def manifest(answers: ResponseStore) -> list[dict[str, object]]:
    return [json.loads(line) for line in (answers.folder / "manifest.jsonl").read_text().splitlines()]


def test_an_answer_is_landed_before_it_is_given(tmp_path):
    with Replay([], before=lambda n, path: Reply(b"a,b\n1,2\n", 200, {"Content-Type": "text/csv"})) as replay:
        answers = ResponseStore(tmp_path, "made_up", WEEK)
        answer = answers.fetch(service(replay.url), Request("data/x.csv", kind=CSV))
    assert answer.body == b"a,b\n1,2\n"
    assert gzip.decompress((answers.folder / "answer-0001.csv.gz").read_bytes()) == answer.body
    (line,) = manifest(answers)
    assert line["url"] == f"{replay.url}/data/x.csv"
    assert line["bytes"] == 8
    assert not answers.from_sandbox
    assert source_key("made_up", answers) == "made_up"


def test_the_sandbox_never_passes_for_the_service(tmp_path):
    marked = {"x-tidegauge-sandbox": "1"}
    with Replay([], before=lambda n, path: Reply(b"{}", 200, marked)) as replay:
        answers = ResponseStore(tmp_path, "made_up", WEEK)
        answers.fetch(service(replay.url), Request("x"))
    assert source_key("made_up", answers) == "sandbox_made_up"


@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
def test_an_unchanged_answer_is_not_fetched_again(tmp_path, validator):
    asked: list[str] = []

    def reply(number: int, path: str) -> Reply:
        asked.append(path)
        return Reply(b'{"n": 1}', 200, {validator: "v1"}) if number == 0 else Reply(b"", 304, {validator: "v1"})

    with Replay([], before=reply) as replay:
        first = ResponseStore(tmp_path, "made_up", WEEK)
        first.fetch(service(replay.url), Request("x", {"q": "1"}))
        first.accept()
        for week in (LATER, LATER):
            again = ResponseStore(tmp_path, "made_up", week)
            assert again.fetch(service(replay.url), Request("x", {"q": "1"})).body == b'{"n": 1}'
            assert manifest(again)[0]["sha256"] == manifest(first)[0]["sha256"]
            again.accept()
    assert len(asked) == 3


def test_an_answer_that_did_not_fit_does_not_stand_in_the_way_of_a_better_one(tmp_path):
    with Replay([], before=lambda n, path: Reply(b'{"n": ', 200, {"ETag": "v1"})) as replay:
        for week in (WEEK, LATER):  # it was parsed, did not fit, and was never accepted
            ResponseStore(tmp_path, "made_up", week).fetch(service(replay.url), Request("x"))
        assert all("if-none-match" not in headers for headers in replay.headers)
        assert len(replay.headers) == 2


@pytest.mark.parametrize("location", ["http://[broken", "//", "http://127.0.0.1:99999/x", "javascript:alert(1)", ""])
@pytest.mark.parametrize("follow", [True, False])
def test_a_redirect_to_what_is_no_address_is_refused_in_words(location, follow):
    with Replay([], before=lambda n, path: Reply(b"", 302, {"Location": location})) as replay:
        with pytest.raises(UnexpectedResponseError, match="Kept"):
            service(replay.url).send(Request("x", follow=follow))
        assert len(replay.asked) <= 1 + client.MAX_REDIRECTS


def test_a_link_to_what_is_no_address_is_refused_in_words():
    odd = Reply(b"{}", 200, {"Link": '<http://[broken>; rel="next"'})
    with (
        Replay([], before=lambda n, path: odd) as replay,
        pytest.raises(UnexpectedResponseError, match="which is not a URL"),
    ):
        service(replay.url).get("x")


@pytest.mark.parametrize("nested", [b'{"retry_after":' * 50_000, b"[" * 100_000])
def test_a_refusal_that_nests_too_deep_is_a_refusal(nested):
    with (
        Replay([], before=lambda n, path: Reply(nested, 503)) as replay,
        pytest.raises(UnreachableError, match="status 503"),
    ):
        service(replay.url).get("x")


def test_a_head_that_trickles_is_cut_off(monkeypatch):
    monkeypatch.setattr(client, "RESPONSE_TIMEOUT_S", 0.3)
    with Sandbox(models=100, services=()) as sandbox:
        sandbox.faults = lambda request: Drip(0.05, head=True)
        begun = time.monotonic()
        with pytest.raises(UnreachableError, match="took longer than"):
            service(sandbox.url).get("api/models")
        assert time.monotonic() - begun < 5


def test_a_file_that_is_not_the_one_announced_is_asked_for_again():
    whole, other = b"PAR1 whole PAR1", [b"PAR1 wrong PAR1"]
    announced = {"X-Linked-ETag": f'"{hashlib.sha256(whole).hexdigest()}"', "Location": "/blob"}
    binary = {"Content-Type": "application/octet-stream"}

    def reply(number: int, path: str) -> Reply:
        return Reply(b"", 302, announced) if path == "/x" else Reply(other.pop() if other else whole, 200, binary)

    with Replay([], before=reply) as replay:
        assert service(replay.url).send(Request("x", kind=PARQUET, follow=True)).body == whole
        assert len(replay.asked) == 4


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_landed_answer_with_a_wrong_byte_is_fetched_again(tmp_path, place):
    with Replay([], before=lambda n, path: Reply(b'{"n": 1}', 200, {"ETag": "v1"})) as replay:
        first = ResponseStore(tmp_path, "made_up", WEEK)
        first.fetch(service(replay.url), Request("x"))
        first.accept()
        file = first.folder / "answer-0001.json.gz"
        body = bytearray(file.read_bytes())
        body[place] ^= 255
        file.write_bytes(bytes(body))
        assert ResponseStore(tmp_path, "made_up", LATER).fetch(service(replay.url), Request("x")).body == b'{"n": 1}'


def test_a_damaged_landed_answer_is_fetched_again(tmp_path):
    with Replay([], before=lambda n, path: Reply(b'{"n": 1}', 200, {"ETag": "v1"})) as replay:
        first = ResponseStore(tmp_path, "made_up", WEEK)
        first.fetch(service(replay.url), Request("x"))
        first.accept()
        (first.folder / "answer-0001.json.gz").write_bytes(b"cut")
        again = ResponseStore(tmp_path, "made_up", LATER)
        assert again.fetch(service(replay.url), Request("x")).body == b'{"n": 1}'


def test_an_unasked_304_is_not_an_answer(tmp_path):
    with (
        Replay([], before=lambda n, path: Reply(b"", 304)) as replay,
        pytest.raises(UnexpectedResponseError, match="304"),
    ):
        ResponseStore(tmp_path, "made_up", WEEK).fetch(service(replay.url), Request("x"))


def test_a_refusal_that_says_something_is_landed_and_never_comes_back_as_a_200(tmp_path):
    conditions: list[str] = []
    gone = Reply(b"<html>gone</html>", 404, {"ETag": "v1", "Content-Type": "text/html"})
    with Replay([], before=lambda n, path: gone) as replay:
        for week in (WEEK, LATER):
            answers = ResponseStore(tmp_path, "made_up", week)
            answer = answers.fetch(service(replay.url), Request("x", also=frozenset({404})))
            assert (answer.status, answer.body) == (404, b"<html>gone</html>")
            answers.accept()
            conditions += manifest(answers)[0]["validators"]
    assert conditions == []


def test_what_only_a_header_tells_is_asked_anew_and_landed(tmp_path):
    def reply(number: int, path: str) -> Reply:
        return Reply(b"[1]", 200, {"ETag": "v1", "Link": f'<{path}?page={number + 7}>; rel="last"'})

    with Replay([], before=reply) as replay:
        for number, week in enumerate((WEEK, LATER)):
            answers = ResponseStore(tmp_path, "made_up", week)
            answers.fetch(service(replay.url), Request("x", unconditional=True))
            assert manifest(answers)[0]["link"] == f'</x?page={number + 7}>; rel="last"'
            answers.accept()
    assert all("if-none-match" not in headers for headers in replay.headers)
    assert len(replay.headers) == 2


@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", "image/png"])
def test_another_kind_of_content_is_no_answer(tmp_path, content_type):
    page = Reply(b"<html>nothing here</html>", 200, {"Content-Type": content_type})
    with Replay([], before=lambda n, path: page) as replay:
        answers = ResponseStore(tmp_path, "made_up", WEEK)
        for kind in (JSON, CSV, PARQUET):
            with pytest.raises(UnreachableError, match="instead of"):
                answers.fetch(service(replay.url), Request("x", kind=kind))
    assert not answers.folder.exists(), "a response that is not usable is not stored"


class TestDownloads:
    def test_a_download_leads_elsewhere_without_our_key(self, tmp_path):
        binary = {"Content-Type": "application/octet-stream"}
        with (
            Replay([], before=lambda n, path: Reply(b"PAR1", 200, binary)) as elsewhere,
            Replay([], before=lambda n, path: Reply(b"", 302, {"Location": f"{elsewhere.url}/blob"})) as replay,
        ):
            asked = service(replay.url, Authorization="Bearer hf_canary")
            question = Request("datasets/x.parquet", kind=PARQUET, follow=True)
            assert ResponseStore(tmp_path, "made_up", WEEK).fetch(asked, question).body == b"PAR1"
            assert replay.authorizations == ["Bearer hf_canary"]
            assert elsewhere.authorizations == [None]

    def test_a_circle_of_redirects_ends(self):
        with Replay([], before=lambda n, path: Reply(b"", 302, {"Location": "/again"})) as replay:
            with pytest.raises(SourceError, match="redirects more than"):
                service(replay.url).send(Request("x", follow=True))
            assert len(replay.asked) <= 5

    @pytest.mark.parametrize("location", ["http://example.org/x", "ftp://example.org/x", "file:///etc/passwd", ""])
    def test_a_download_is_only_read_over_https(self, location):
        with (
            Replay([], before=lambda n, path: Reply(b"", 302, {"Location": location})) as replay,
            pytest.raises(SourceError),
        ):
            service(replay.url).send(Request("x", follow=True))

    def test_nothing_is_followed_unasked(self):
        with (
            Replay([], before=lambda n, path: Reply(b"", 302, {"Location": "/y"})) as replay,
            pytest.raises(UnexpectedResponseError, match="302"),
        ):
            service(replay.url).send(Request("x"))


@pytest.mark.parametrize(
    ("headers", "body", "waits"),
    [
        ({"Retry-After": "7"}, b"", 7),
        ({}, b'{"message": "You are being rate limited.", "retry_after": 1.5, "global": false}', 1.5),
        ({}, b'{"retry_after": "soon"}', 1),
        ({}, b'{"retry_after": -1}', 1),
        ({}, b"<html>", 1),
    ],
)
def test_the_wait_is_what_the_service_asks_for(headers, body, waits):
    waited: list[float] = []
    with Replay([], before=lambda n, path: Reply(body, 429, headers) if n == 0 else Reply(b"{}")) as replay:
        Service("made_up", replay.url, {}, attempts=2, sleep=waited.append).send(Request("x"))
    (wait,) = waited
    assert waits <= wait <= waits + 0.5


def test_a_body_has_the_size_that_was_allowed():
    with (
        Replay([], before=lambda n, path: Reply(b"x" * 1001, 200)) as replay,
        pytest.raises(UnreachableError, match="larger than 1,000 bytes"),
    ):
        service(replay.url).send(Request("x", largest_bytes=1000))


def test_two_collections_of_a_week_do_not_share_a_folder(tmp_path: Path):
    with Replay([], before=lambda n, path: Reply(b"{}")) as replay:
        folders = set()
        for _ in range(2):
            answers = ResponseStore(tmp_path, "made_up", WEEK)
            answers.fetch(service(replay.url), Request("x"))
            folders.add(answers.folder.name)
    assert folders == {"collection-001", "collection-002"}


@pytest.mark.parametrize("lines", [None, 1])
def test_a_manifest_that_lost_lines_is_no_collection_of_fewer_answers(tmp_path: Path, lines: int | None):
    with Replay([], before=lambda n, path: Reply(b"{}")) as replay:
        answers, asked = ResponseStore(tmp_path, "made_up", WEEK), service(replay.url)
        for path in "xy":
            answers.fetch(asked, Request(path))
    assert ReplayedResponses(answers.folder, "made_up", 2).fetch(asked, Request("y")).body == b"{}"
    file = answers.folder / "manifest.jsonl"
    kept = file.read_bytes().splitlines(keepends=True)[:lines]
    file.unlink()
    if lines is not None:
        file.write_bytes(b"".join(kept))
    with pytest.raises(DamagedLandingError, match=r"manifest\.jsonl"):
        ReplayedResponses(answers.folder, "made_up", 2)


@pytest.mark.parametrize("said", ["", "x): ", "\n"])
def test_a_network_error_that_says_nothing_is_still_told(said: str):
    def fail(*_: object) -> Reply:
        raise AssertionError("nothing is asked")

    with Replay([], before=fail) as replay:
        asked = service(replay.url)
        asked._session.mount("http://", _Speechless(said))
        with pytest.raises(UnreachableError, match="ConnectionError: "):
            asked.send(Request("x"))


class _Speechless(HTTPAdapter):
    """A connection that fails without a message."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self._said = said

    def send(self, *_: object, **__: object) -> requests.Response:
        raise requests.ConnectionError(self._said)
