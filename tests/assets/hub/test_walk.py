"""The walk: pages are stored before they are parsed; it resumes after an interruption and is refused if incomplete."""

import contextlib
import gzip
import json
import re
import socket
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import Replay, Reply, model, pages_of

from assets.http import client
from assets.http.errors import RefusedWalkError, UnexpectedResponseError, UnreachableError
from assets.http.hub_service import hub_service
from assets.hub import load_records
from assets.hub.walk import EXPAND, Walk, _refused, complete_walks, hub_total, probe, walk_models
from assets.landing.walk_folder import WalkFolder, walk_folders, weeks
from assets.weeks import monday
from pipelines.sandbox.hub.routes import REFUSED, HubOptions
from pipelines.sandbox.server import Sandbox

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def walk(replay: Replay, folder: Path, **options) -> Walk:
    service = client.Service(
        "hugging_face_hub", replay.url, {"Authorization": "Bearer hf_secret"}, attempts=4, sleep=lambda _: None
    )
    return walk_models(service, folder, NOW, **options)


def ids(landed: Walk) -> list[str]:
    landing = WalkFolder(landed.folder)
    return [record["_id"] for page in landed.pages for record in json.loads(landing.body(page))]


def test_a_walk_lands_every_page_as_it_came(tmp_path):
    with Replay(pages_of(3500), total=3500) as replay:
        landed = walk(replay, tmp_path)
        assert ids(landed) == [model(n)["_id"] for n in range(3500)]
        assert [WalkFolder(landed.folder).body(page) for page in landed.pages] == replay.pages
        assert (landed.rows, landed.hub_total, landed.week.isoformat()) == (3500, 3500, "2026-11-16")
        first = landed.pages[0]
        assert first.status == 200
        assert "sort=createdAt" in first.url
        assert "limit=1000" in first.url
        assert "expand=downloadsAllTime" in first.url


def test_a_full_last_page_is_asked_for_twice_before_it_is_the_end(tmp_path):
    lost = [Reply(json.dumps(pages_of(3000)[1]).encode())]
    with Replay(pages_of(3000), before=lambda n, path: lost.pop() if "cursor=1" in path and lost else None) as replay:
        assert walk(replay, tmp_path).rows == 3000


@pytest.mark.parametrize("body", [b"[]", b"[{", b'{"error":"busy"}'])
def test_an_answer_that_would_end_the_walk_is_asked_for_twice(tmp_path, body):
    odd = [Reply(body)]
    with Replay(pages_of(2500), before=lambda n, path: odd.pop() if "cursor=1" in path and odd else None) as replay:
        assert walk(replay, tmp_path).rows == 2500


@pytest.mark.parametrize("killed_at", [1, 2, 3])
def test_a_walk_that_broke_off_continues_at_its_last_whole_page(tmp_path, killed_at):
    def dies(number: int, path: str) -> Reply | None:
        return Reply(b"gone", 503) if f"cursor={killed_at}" in path and not healthy else None

    healthy: list[int] = []
    with Replay(pages_of(4000), before=dies) as replay:
        with pytest.raises(UnreachableError) as trouble:
            walk(replay, tmp_path)
        assert f"{killed_at:,} pages" in trouble.value.kept
        healthy.append(1)
        replay.page_requests.clear()
        landed = walk(replay, tmp_path)
        assert replay.page_requests[0] == killed_at
        assert ids(landed) == [model(n)["_id"] for n in range(4000)]


@pytest.mark.parametrize("damage", ["half a line", "a page cut short", "a page that is missing", "an unknown page"])
def test_what_a_kill_or_a_power_cut_leaves_is_asked_for_again(tmp_path, damage):
    with Replay(
        pages_of(3000), before=lambda n, path: Reply(b"", 503) if "cursor=2" in path and not healthy else None
    ) as replay:
        healthy: list[int] = []
        with pytest.raises(UnreachableError):
            walk(replay, tmp_path)
        (landing,) = walk_folders(tmp_path, monday(NOW))
        match damage:
            case "half a line":
                manifest = landing.path / "manifest.jsonl"
                manifest.write_bytes(manifest.read_bytes()[:-30])
            case "a page cut short":
                page = landing.path / "page-000002.json.gz"
                page.write_bytes(page.read_bytes()[:100])
            case "a page that is missing":
                (landing.path / "page-000002.json.gz").unlink()
            case _:
                (landing.path / "page-000003.json.gz").write_bytes(b"half a page")
        healthy.append(1)
        replay.page_requests.clear()
        landed = walk(replay, tmp_path)
        assert ids(landed) == [model(n)["_id"] for n in range(3000)]
        assert replay.page_requests[0] == (2 if damage == "an unknown page" else 1)


@pytest.mark.parametrize("lost", ["page-000002.json.gz", "manifest.jsonl", "outcome.json", "walk.json"])
def test_a_complete_walk_that_a_power_cut_emptied_is_never_taken_for_the_whole(tmp_path, lost):
    with Replay(pages_of(3000)) as replay:
        folder = walk(replay, tmp_path).folder
        (folder / lost).write_bytes(b"")
        assert complete_walks(tmp_path, replay.url) == []
        landed = walk(replay, tmp_path)
        assert ids(landed) == [model(n)["_id"] for n in range(3000)]
        assert (landed.folder == folder) == (lost == "outcome.json"), "what broke off is continued, what is lost is not"
        assert [one.folder for one in complete_walks(tmp_path, replay.url)] == [landed.folder]
        assert complete_walks(tmp_path, replay.url, loaded=landed.edge) == [], "it was read already"
        assert complete_walks(tmp_path, replay.url, loaded=landed.edge - timedelta(seconds=1)) == [landed]


@pytest.mark.parametrize(
    ("pages", "options", "why"),
    [
        (pages_of(2500), {"last_rows": 10_000}, "25.0% of the walk before"),
        ([pages_of(3000)[i] for i in (0, 2, 1)], {}, "out of order"),
        ([*pages_of(2000), pages_of(2000)[1], pages_of(3000)[2]], {}, "repeats an earlier page"),
        ([pages_of(1000)[0], [], pages_of(2000)[1]], {}, "empty and not the last"),
        ([[]], {}, "the listing is empty"),
        ([[model(5), model(3), model(9)]], {}, "out of order"),
    ],
)
def test_a_walk_that_is_not_the_whole_hub_in_order_is_refused(tmp_path, pages, options, why):
    with Replay(pages) as replay:
        with pytest.raises(RefusedWalkError, match=why) as refusal:
            walk(replay, tmp_path, **options)
        assert "stored in" in refusal.value.kept
        assert complete_walks(tmp_path, replay.url) == []
        asked = len(replay.page_requests)
        with pytest.raises(RefusedWalkError):
            walk(replay, tmp_path, **options)
        assert replay.page_requests[asked] == 0, "a refused walk is not continued, a new one is started"


@pytest.mark.parametrize("total", [2000, 1200])
def test_another_total_of_the_hub_is_a_warning(tmp_path, total):
    with Replay(pages_of(1500), total=total) as replay:
        (warning,) = walk(replay, tmp_path).warnings
    assert f"the list has 1,500 models and the Hub's own total is {total:,}" in warning


def test_a_total_that_differs_a_little_is_no_warning(tmp_path):
    with Replay(pages_of(1500), total=1510) as replay:
        assert walk(replay, tmp_path).warnings == []


def without_link(page: int, pages: list[bytes]) -> Reply:
    return Reply(pages[page])


@pytest.mark.parametrize("total", [0, 3500])
def test_a_full_last_page_without_a_link_is_distrusted(tmp_path, total):
    with Replay(
        pages_of(3500), total, before=lambda n, path: without_link(1, replay.pages) if "cursor=1" in path else None
    ) as replay:
        with pytest.raises(RefusedWalkError, match="ended after 2,000 models with a full page without a next link"):
            walk(replay, tmp_path)
        assert complete_walks(tmp_path, replay.url) == []


def test_an_empty_last_page_is_distrusted_if_the_total_says_that_more_should_come(tmp_path):
    with (
        Replay([*pages_of(2000), []], total=3500) as replay,
        pytest.raises(RefusedWalkError, match=r"2,000 models with an? empty page"),
    ):
        walk(replay, tmp_path)
    with Replay([*pages_of(2000), []]) as replay:
        assert walk(replay, tmp_path / "whole").rows == 2000


def test_an_empty_page_with_a_next_link_is_requested_again(tmp_path):
    left = [1, 2]
    empty = {"Link": '</api/models?cursor=2>; rel="next"'}
    with Replay(
        pages_of(2500),
        before=lambda n, path: Reply(b"[]", headers=empty) if "cursor=1" in path and left and left.pop() else None,
    ) as replay:
        assert walk(replay, tmp_path).rows == 2500
        assert [path for path in replay.asked if "cursor=1" in path] == ["/api/models?cursor=1"] * 3


BUSY = b'{"error":"We had to rate limit your IP (203.0.113.9). Create a HF account or pass a HF_TOKEN."}'


def test_a_rate_limit_with_status_200_is_waited_out(tmp_path):
    waits: list[float] = []
    busy = [Reply(BUSY)] * 5
    with Replay(
        pages_of(2500),
        before=lambda n, path: busy.pop() if "api/models" in path and "cursor=2" in path and busy else None,
    ) as replay:
        service = client.Service("hugging_face_hub", replay.url, {}, sleep=waits.append)
        assert walk_models(service, tmp_path, NOW).rows == 2500
    assert sum(waits) > 300, "longer than a window of the rate limit"


def test_a_rate_limit_with_status_200_that_stays_is_an_outage(tmp_path):
    with (
        Replay(pages_of(2500), before=lambda n, path: Reply(BUSY) if "api/models" in path else None) as replay,
        pytest.raises(UnreachableError, match="We had to rate limit"),
    ):
        walk(replay, tmp_path)


KNOWN = ["author", "baseModels", "cardData", "config", "createdAt", "downloads", "gated", "gguf", "library_name", "likes",
         "pipeline_tag", "private", "safetensors", "sha", "siblings", "spaces", "tags", "trendingScore", "xetEnabled"]  # fmt: skip


def refusal(form: str, valid: list[str], place: int) -> Reply:
    match form:
        case "zod 4":
            listed = "|".join(f'"{token}"' for token in valid)
            error = f"✖ Invalid option: expected one of {listed}\n  → at expand[{place}]"
        case "zod 3":
            listed = " | ".join(f"'{token}'" for token in valid)
            error = f"Invalid enum value. Expected {listed}, received 'downloadsAllTime'"
        case _:
            error = f'"expand[{place}]" must be one of [{", ".join(valid)}]'
    return Reply(json.dumps({"error": error}).encode(), 400)


def refusing(valid: list[str], form: str = "zod 4"):
    """Return what the Hub answers if only these tokens are valid."""

    def before(number: int, path: str) -> Reply | None:
        asked = parse_qs(urlsplit(path).query).get("expand", [])
        odd = [place for place, token in enumerate(asked) if token not in valid]
        return refusal(form, valid, odd[0]) if odd else None

    return before


@pytest.mark.parametrize("form", ["zod 4", "zod 3", "joi"])
def test_an_optional_token_that_the_hub_refuses_is_left_out(tmp_path, form):
    with Replay(pages_of(2500), before=refusing(KNOWN, form)) as replay:
        landed = walk(replay, tmp_path)
        assert landed.rows == 2500
        assert landed.refused_tokens == ("downloadsAllTime",)
        assert "downloadsAllTime" in landed.warnings[0]
        assert complete_walks(tmp_path, replay.url) == [landed]
        assert "refused and left out: downloadsAllTime" in probe(replay.url, None)


def test_a_required_token_that_the_hub_refuses_is_named(tmp_path):
    valid = [token for token in KNOWN if token != "private"]
    with (
        Replay(pages_of(10), before=refusing(valid)) as replay,
        pytest.raises(UnexpectedResponseError, match="refuses to list private: status 400"),
    ):
        walk(replay, tmp_path)


def test_a_token_that_is_refused_in_the_middle_ends_the_walk(tmp_path):
    late = refusal("zod 4", KNOWN, 4)
    with Replay(pages_of(2500), before=lambda n, path: late if "cursor=1" in path else None) as replay:
        with pytest.raises(RefusedWalkError, match="downloadsAllTime since page 2"):
            walk(replay, tmp_path)
        replay.before = refusing(KNOWN)
        assert walk(replay, tmp_path).refused_tokens == ("downloadsAllTime",)


def refused(body: bytes) -> list[str]:
    return _refused(client.Response("", 400, {}, body, None, NOW, None, None), EXPAND)


@given(st.sets(st.sampled_from(KNOWN), min_size=1), st.sampled_from(["zod 4", "zod 3", "joi"]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_refused_tokens_are_those_that_a_400_does_not_list(valid, form, is_json):
    body = refusal(form, sorted(valid), 0).body
    expected = [token for token in EXPAND if token not in valid] if valid & {*EXPAND} else []
    assert refused(body if is_json else json.loads(body)["error"].encode()) == expected


@given(st.text(max_size=300), st.binary(max_size=100))
@settings(max_examples=200, deadline=None)
def test_no_body_of_a_400_refuses_every_token(text, body):
    assert len(refused(json.dumps({"error": text}).encode())) < len(EXPAND)
    assert refused(body) == []


def test_the_odd_pages_of_the_sandbox_cost_a_walk_nothing(tmp_path):
    with Sandbox(models=2500, hub=HubOptions(odd_pages=True)) as sandbox:
        for week in range(5):
            sandbox.week = week
            service = client.Service("hugging_face_hub", sandbox.url, {}, sleep=lambda _: None)
            landed = walk_models(service, tmp_path, sandbox.world.now(week))
            assert landed.rows == sandbox.world.truth(week).models
            assert len(sandbox.hub._odd_weeks) == min(week, 3), "each odd page was sent"
            assert len(landed.warnings) == (week == 4), "in the last week the total differs"


def test_a_walk_of_the_sandbox_goes_on_in_the_week_in_which_its_hub_refuses_a_token(tmp_path):
    week, token = REFUSED
    with Sandbox(models=1200, week=week, hub=HubOptions(odd_pages=True)) as sandbox:
        service = client.Service("hugging_face_hub", sandbox.url, {}, sleep=lambda _: None)
        landed = walk_models(service, tmp_path, sandbox.world.now(week))
        assert landed.rows == sandbox.world.truth(week).models
    assert landed.refused_tokens == (token,)
    records = [record for page in landed.pages for record in json.loads(WalkFolder(landed.folder).body(page))]
    assert len(records) == landed.rows
    assert not [record for record in records if token in record]


def test_only_the_fields_that_are_read_are_requested():
    query = Path(load_records.__file__).with_suffix(".sql").read_text(encoding="utf-8")
    columns = query[query.index("columns = {") : query.index("}", query.index("columns = {"))]
    assert {*EXPAND, "_id", "id", "modelId"} == set(re.findall(r"(\w+): 'JSON'", columns))


def test_a_cursor_that_repeats_ends_the_walk(tmp_path):
    loop = {"Link": '</api/models?cursor=1>; rel="next"'}
    with Replay(
        pages_of(3000), before=lambda n, path: Reply(replay.pages[1], headers=loop) if "cursor=1" in path else None
    ) as replay:
        with pytest.raises(RefusedWalkError, match="repeats"):
            walk(replay, tmp_path)
        assert len(replay.asked) < 6


def test_one_odd_id_does_not_put_a_listing_out_of_order(tmp_path):
    page = [model(1), model(2, _id="z" * 24), model(3, _id="short"), model(4, _id=None), model(5)]
    with Replay([page]) as replay:
        assert walk(replay, tmp_path).rows == 5


def test_a_falling_listing_is_in_order_too(tmp_path):
    falling = [list(reversed(page)) for page in reversed(pages_of(2500))]
    with Replay(falling) as replay:
        assert walk(replay, tmp_path).rows == 2500


def test_the_token_stays_with_the_configured_host(tmp_path):
    with Replay([[model(1)]]) as stranger, Replay(pages_of(2000)) as replay:
        elsewhere = {"Link": f'<{stranger.url}/api/models?cursor=1>; rel="next"'}
        replay.before = lambda n, path: (
            Reply(replay.pages[0], headers=elsewhere) if "sort=" in path and "models-json" not in path else None
        )
        with pytest.raises(UnexpectedResponseError, match="another host"):
            walk(replay, tmp_path)
        assert stranger.asked == []
        assert set(replay.authorizations) == {"Bearer hf_secret"}


@pytest.mark.parametrize(
    "form",
    [
        '<{}>; rel=next', '<{}>; REL="NEXT"', '<{}>; rel="next last"', '<{}>; title="a, b; c"; rel="next"',
        '</first>; rel="first", <{}>; rel="next"', '<{}>;rel="next";title="x"',
    ],
)  # fmt: skip
def test_every_form_of_a_link_is_followed(tmp_path, form):
    with Replay(pages_of(2000)) as replay:
        link = {"Link": form.format("/api/models?cursor=1")}
        replay.before = lambda n, path: Reply(replay.pages[0], headers=link) if "sort=" in path else None
        assert walk(replay, tmp_path).rows == 2000


def test_a_mirror_that_names_the_public_host_is_followed_at_the_mirror(tmp_path):
    with Replay(pages_of(2000)) as mirror:
        public = {"Link": '<https://huggingface.co/api/models?cursor=1>; rel="next"'}
        mirror.before = lambda n, path: Reply(mirror.pages[0], headers=public) if "sort=" in path else None
        assert walk_models(hub_service(mirror.url, None), tmp_path, NOW).rows == 2000


def test_a_mirror_that_is_the_default_endpoint_is_followed_at_the_mirror(tmp_path, monkeypatch):
    with Replay(pages_of(2500)) as mirror:
        # HF_ENDPOINT is read at import; the mirror has a path of its own and answers with links of the public Hub.
        monkeypatch.setattr("assets.http.hub_service.PUBLIC_ADDRESSES", ("https://huggingface.co", f"{mirror.url}/hf"))

        def answer(number: int, path: str) -> Reply:
            assert path.startswith("/hf/")
            parts = urlsplit(path.removeprefix("/hf"))
            reply = mirror.reply(parts.path, parse_qs(parts.query), "huggingface.co")
            return Reply(
                reply.body,
                reply.status,
                {"Link": reply.headers["Link"].replace("http:", "https:")} if reply.headers else {},
            )

        mirror.before = answer
        assert walk_models(hub_service(f"{mirror.url}/hf", "hf_secret"), tmp_path, NOW).rows == 2500
        assert set(mirror.authorizations) == {"Bearer hf_secret"}


def test_a_page_boundary_that_moved_costs_nothing(tmp_path):
    whole = [model(n) for n in range(2500)]
    with Replay([whole[:1000], whole[997:2000], whole[2000:]]) as replay:
        assert walk(replay, tmp_path).rows == 2503


def test_two_neighbours_that_changed_places_are_no_other_order(tmp_path):
    page = [model(n) for n in range(1000)]
    page[500], page[501] = page[501], page[500]
    with Replay([page]) as replay:
        assert walk(replay, tmp_path).rows == 1000


def test_a_byte_order_mark_is_no_part_of_a_page(tmp_path):
    body = b"\xef\xbb\xbf" + json.dumps(pages_of(5)[0]).encode()
    for headers, sent in (({}, body), ({"Content-Encoding": "gzip"}, gzip.compress(body))):
        with Replay([], before=lambda n, path, h=headers, b=sent: Reply(b, headers=h)) as replay:
            assert walk(replay, tmp_path / str(len(sent))).rows == 5


def test_a_trickle_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(client, "RESPONSE_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as slow:

        def trickle() -> None:
            connection, _ = slow.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n")
            with contextlib.suppress(OSError):
                for _ in range(100):
                    connection.sendall(b" ")
                    time.sleep(0.1)

        threading.Thread(target=trickle, daemon=True).start()
        service = client.Service("hugging_face_hub", f"http://127.0.0.1:{slow.getsockname()[1]}", {}, attempts=1)
        begun = time.monotonic()
        with pytest.raises(UnreachableError, match="took longer"):
            service.get("api/models")
        assert time.monotonic() - begun < 5


def test_a_redirect_is_not_followed(tmp_path):
    with Replay([[model(1)]]) as stranger, Replay(pages_of(10)) as replay:
        replay.before = lambda n, path: Reply(b"", 307, {"Location": f"{stranger.url}/api/models"})
        with pytest.raises(UnexpectedResponseError, match="status 307"):
            walk(replay, tmp_path)
        assert stranger.asked == []


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(b"slow down", 429, {"Retry-After": "3"}),
        Reply(b"slow down", 429, {"Retry-After": "Wed, 18 Nov 2026 09:30:05 GMT"}),
        Reply(b"slow down", 429, {"RateLimit": '"api";r=0;t=0'}),
        Reply(b"slow down", 429),
        Reply(b"<html>Bad Gateway</html>", 502, {"Content-Type": "text/html"}),
        Reply(b"<html>friendly</html>", 200, {"Content-Type": "text/html"}),
        Reply(gzip.compress(b"[]")[:-6], 200, {"Content-Encoding": "gzip"}),
        Reply(b"\x1f\x8bnot gzip", 200, {"Content-Encoding": "gzip"}),
        Reply(b"[]", 200, {"Content-Encoding": "br"}),
        Reply(b"[]", 200, {"Content-Length": "900", "Connection": "close"}),
    ],
    ids=lambda reply: f"{reply.status} {reply.headers}",
)
def test_trouble_that_passes_is_waited_out(tmp_path, trouble):
    troubled = {2, 3}
    with Replay(pages_of(2500), before=lambda n, path: trouble if n in troubled else None) as replay:
        assert walk(replay, tmp_path).rows == 2500


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Reply(b'{"error":"Invalid credentials"}', 401), UnexpectedResponseError),
        (Reply(b'{"error":"expand"}', 400), UnexpectedResponseError),
        (Reply(b'{"models": []}'), UnexpectedResponseError),
        (Reply(b'[{"_id": "65'), UnexpectedResponseError),
        (Reply(b"no", 500), UnreachableError),
    ],
    ids=lambda value: getattr(value, "__name__", None) or f"{value.status}",
)
def test_trouble_that_stays_is_a_clear_error(tmp_path, answer, error):
    with Replay(pages_of(10), before=lambda n, path: answer) as replay, pytest.raises(error) as trouble:
        walk(replay, tmp_path)
    assert trouble.value.kept
    assert trouble.value.remedy
    assert "hf_secret" not in str(trouble.value)


def test_a_service_that_is_silent_or_stalls_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(client, "READ_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        service = client.Service("hugging_face_hub", url, {}, attempts=2, sleep=lambda _: None)
        with pytest.raises(UnreachableError, match="imed out"):
            walk_models(service, tmp_path, NOW)

        def half_an_answer() -> None:
            for _ in range(4):
                connection, _ = silent.accept()
                connection.recv(4096)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n[{"
                )

        threading.Thread(target=half_an_answer, daemon=True).start()
        with pytest.raises(UnreachableError):
            walk_models(service, tmp_path, NOW)


def test_an_answer_without_end_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(client, "LARGEST_RESPONSE_BYTES", 1000)
    with Replay(pages_of(100)) as replay, pytest.raises(UnreachableError, match="larger than"):
        walk(replay, tmp_path)


def test_two_walks_at_once_are_one_walk(tmp_path):
    started, go_on = threading.Event(), threading.Event()

    def hold(number: int, path: str) -> None:
        if "cursor=1" in path:
            started.set()
            go_on.wait(10)

    with Replay(pages_of(2500), before=hold) as replay:
        first = threading.Thread(target=walk, args=(replay, tmp_path))
        first.start()
        started.wait(10)
        with pytest.raises(UnexpectedResponseError, match="another refresh is walking"):
            walk(replay, tmp_path)
        go_on.set()
        first.join()
        assert complete_walks(tmp_path, replay.url)[0].rows == 2500


@pytest.mark.parametrize("place", [0, 600, -1])
def test_a_complete_walk_that_was_damaged_since_is_not_read_as_a_shorter_hub(tmp_path, place):
    with Replay(pages_of(2500)) as replay:
        landed = walk(replay, tmp_path)
        manifest = (landed.folder / "manifest.jsonl").read_bytes()
        file = landed.folder / landed.pages[1].file
        body = bytearray(file.read_bytes())
        body[place] ^= 255
        file.write_bytes(bytes(body))
        assert complete_walks(tmp_path, replay.url) == []
        assert (landed.folder / "manifest.jsonl").read_bytes() == manifest
        again = walk(replay, tmp_path)
        assert again.rows == 2500
        assert complete_walks(tmp_path, replay.url) == [again]


def test_a_complete_walk_whose_manifest_was_cut_is_not_read_as_a_shorter_hub(tmp_path):
    with Replay(pages_of(2500)) as replay:
        manifest = walk(replay, tmp_path).folder / "manifest.jsonl"
        manifest.write_bytes(manifest.read_bytes().splitlines(keepends=True)[0])
        assert complete_walks(tmp_path, replay.url) == []


def test_a_total_that_is_not_stated_is_unknown(tmp_path):
    for body in (b"{}", b"[]", b"<html>", b'{"numTotalItems": "many"}', b'{"numTotalItems": 0}'):
        with Replay([], before=lambda n, path, body=body: Reply(body)) as replay:
            assert hub_total(hub_service(replay.url, None)) is None


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-16T00:00:00+00:00", "2026-11-16"),
        ("2026-11-22T23:59:59+00:00", "2026-11-16"),
        ("2026-11-23T00:30:00+01:00", "2026-11-16"),
    ],
)
def test_a_week_begins_on_monday_utc(moment, day):
    assert monday(datetime.fromisoformat(moment)).isoformat() == day


def test_a_folder_of_somebody_else_is_no_week(tmp_path):
    for name in ("2026-11-16", "aaaa-bb-cc", "2026-99-99", "2026-11-09"):
        (tmp_path / name).mkdir()
    assert weeks(tmp_path) == [date(2026, 11, 9), date(2026, 11, 16)]
