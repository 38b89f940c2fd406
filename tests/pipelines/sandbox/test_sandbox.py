"""The sandbox as real clients see it, over loopback."""

import base64
import contextlib
import datetime
import gzip
import hashlib
import http.client
import io
import itertools
import json
import re
import subprocess
import sys
import time
import zipfile
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
import requests
from huggingface_hub import HfApi

from pipelines.sandbox import faults
from pipelines.sandbox.hub import arena
from pipelines.sandbox.hub.records import DEFAULT_KEYS, FULL_KEYS, TOKENS
from pipelines.sandbox.hub.routes import DETAIL_ONLY, HubOptions
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.services import epoch_benchmarks
from pipelines.sandbox.wire import Request, Response, json_response
from warehouse.seeds.entities import openness_of
from warehouse.seeds.family_roots import read_families
from warehouse.seeds.published_figures import CURATED

LEAN = [
    "author",
    "baseModels",
    "createdAt",
    "disabled",
    "downloads",
    "downloadsAllTime",
    "gated",
    "gguf",
    "lastModified",
    "library_name",
    "likes",
    "pipeline_tag",
    "private",
    "safetensors",
    "sha",
    "tags",
    "trendingScore",
]
LIMITS = re.compile(r'"(\w+)"\s*;\s*r\s*=\s*(\d+)\s*;\s*t\s*=\s*(\d+)')


@pytest.fixture(scope="module")
def world():
    return World(2500, seed=3)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world) as running:
        yield running


def walk(sandbox, session=None, limit=1000, expand=LEAN, **params):
    """Yield the response of every page of a walk."""
    session = session or requests.Session()
    url = f"{sandbox.url}/api/models"
    query = [("limit", limit), *params.items(), *(("expand", token) for token in expand)]
    pages = []
    while url and len(pages) < 60:
        answer = session.get(url, params=query if not pages else None, timeout=5)
        answer.raise_for_status()
        pages.append(answer)
        url = answer.links.get("next", {}).get("url")
    return pages


def rows_of(pages):
    return [row for page in pages for row in page.json()]


def decoded_cursor(answer):
    query = parse_qs(urlsplit(answer.links["next"]["url"]).query)
    return json.loads(base64.b64decode(query["cursor"][0]))


def first_with(rows, test):
    return next(row for row in rows if test(row))


# The list route


@pytest.mark.parametrize("sort", ["created_at", "downloads", "likes", "last_modified", "trending_score"])
def test_the_official_client_lists_every_model_once(sandbox, sort):
    listed = [model.id for model in HfApi(endpoint=sandbox.url).list_models(sort=sort)]
    assert len(listed) == len(set(listed)) == sandbox.world.truth(0).models


def test_the_official_client_reads_expanded_and_full_records():
    with Sandbox(world=World(1200, oddities=False)) as sandbox:
        api = HfApi(endpoint=sandbox.url)
        expanded = list(api.list_models(sort="created_at", expand=[*LEAN, "evalResults", "inferenceProviderMapping"]))
        full = list(api.list_models(full=True))
    assert len(expanded) == len(full) == 1200
    assert all(model.created_at and model.downloads is not None and model.tags for model in expanded)
    assert any(model.safetensors and model.safetensors.total for model in expanded)
    assert all(model.siblings for model in full)


def test_a_record_without_expand_has_the_known_keys_only(sandbox):
    rows = requests.get(f"{sandbox.url}/api/models", timeout=5).json()
    assert {key for row in rows for key in row} - {"gitalyUid", "somethingNew"} == {
        "_id",
        "id",
        *DEFAULT_KEYS,
        "modelId",
    }
    full = requests.get(f"{sandbox.url}/api/models?full=true&limit=5", timeout=5).json()
    assert set(FULL_KEYS) <= set(full[0])


def test_an_expanded_record_has_what_was_asked_and_no_model_id(sandbox):
    rows = rows_of(walk(sandbox, expand=TOKENS))
    keys = {key for row in rows for key in row}
    assert keys <= {"_id", "id", *TOKENS, "gitalyUid", "somethingNew"}
    assert "modelId" not in keys
    assert "resourceGroup" not in keys
    assert all(set(row) <= {"_id", "id", "sha"} for row in walk(sandbox, expand=["sha"], filter="peft")[0].json())


@pytest.mark.parametrize(
    ("sort", "direction"),
    [
        (sort, way)
        for sort in ("createdAt", "downloads", "trendingScore", "likes", "lastModified")
        for way in ("1", "-1")
    ],
)
def test_pages_follow_the_sort_key(sandbox, sort, direction):
    rows = rows_of(walk(sandbox, sort=sort, direction=direction, limit=300))
    assert len({row["_id"] for row in rows}) == len(rows) == sandbox.world.truth(0).models
    if sort == "createdAt":
        keys = [row["_id"] for row in rows]
        assert keys == sorted(keys, reverse=direction == "-1")
        return
    known = [row[sort] for row in rows if row.get(sort) is not None]
    assert known == sorted(known, reverse=direction == "-1")
    unknown = [row.get(sort) is None for row in rows]
    assert unknown == sorted(unknown, reverse=direction == "1")
    for one, two in itertools.pairwise(rows):
        assert one.get(sort) != two.get(sort) or one["_id"] < two["_id"]


def test_the_cursor_is_the_recorded_keyset_filter(sandbox):
    page = walk(sandbox, sort="downloads", limit=7)[0]
    last = page.json()[-1]
    assert decoded_cursor(page) == {
        "$or": [
            {"downloads": last["downloads"], "_id": {"$gt": last["_id"]}},
            {"downloads": {"$lt": last["downloads"]}},
            {"downloads": None},
        ]
    }
    page = walk(sandbox, limit=7)[0]
    assert list(decoded_cursor(page)["$or"][0]) == ["trendingScore", "_id"]
    page = walk(sandbox, sort="createdAt", direction="1", limit=7)[0]
    assert decoded_cursor(page) == {"_id": {"$gt": page.json()[-1]["_id"]}}
    page = walk(sandbox, sort="createdAt", limit=7)[0]
    assert decoded_cursor(page) == {"_id": {"$lt": page.json()[-1]["_id"]}}


def test_the_link_repeats_the_parameters_and_names_the_server(sandbox):
    query = "sort=downloads&expand%5B%5D=author&expand%5B%5D=sha&limit=10"
    answer = requests.get(f"{sandbox.url}/api/models?{query}", timeout=5)
    link = answer.headers["Link"]
    assert link.startswith(f"<{sandbox.url}/api/models?sort=downloads&expand=author&expand=sha&limit=10&cursor=")
    assert link.endswith('>; rel="next"')
    assert "=" not in link.split("cursor=")[1].split(">")[0]
    assert "Link" not in walk(sandbox, expand=["sha"])[-1].headers


def test_a_cursor_made_by_hand_starts_anywhere(sandbox):
    rows = rows_of(walk(sandbox, sort="createdAt", direction="1", expand=["sha"]))
    middle = rows[1234]["_id"]
    cursor = base64.b64encode(json.dumps({"_id": {"$gt": middle}}).encode()).decode()
    page = walk(sandbox, sort="createdAt", direction="1", expand=["sha"], cursor=cursor)[0]
    assert page.json()[0]["_id"] == rows[1235]["_id"]
    assert requests.get(f"{sandbox.url}/api/models?cursor=nonsense", timeout=5).status_code == 400


@pytest.mark.parametrize("token", ["securityStatus", "author,sha", *DETAIL_ONLY])
def test_a_wrong_expand_token_is_refused_with_the_list_of_all(sandbox, token):
    answer = requests.get(f"{sandbox.url}/api/models", params={"expand": token}, timeout=5)
    assert answer.status_code == 400
    assert re.findall(r'"([\w-]+)"', answer.json()["error"]) == list(TOKENS)
    assert len(TOKENS) == 30


def test_filters_choose_and_page(sandbox):
    rows = rows_of(walk(sandbox, expand=TOKENS))
    gguf = rows_of(walk(sandbox, filter="gguf", limit=20, expand=["tags"]))
    assert {row["_id"] for row in gguf} == {row["_id"] for row in rows if "gguf" in row["tags"]}
    parent = "Qwen/Qwen2.5-7B"
    quantized = rows_of(walk(sandbox, filter=f"base_model:quantized:{parent}", expand=["baseModels"]))
    assert quantized
    assert all(f"base_model:quantized:{parent}" in row["tags"] for row in rows if row in quantized)
    by = rows_of(walk(sandbox, author="mradermacher", sort="downloads", expand=["author"]))
    assert by
    assert {row["author"] for row in by} == {"mradermacher"}
    gated = rows_of(walk(sandbox, gated="true", expand=["gated"]))
    assert {str(row["gated"]) for row in gated} <= {"auto", "manual", "True"}
    asr = rows_of(walk(sandbox, pipeline_tag="automatic-speech-recognition", expand=["pipeline_tag"]))
    assert asr
    assert {row["pipeline_tag"] for row in asr} == {"automatic-speech-recognition"}
    assert [row["id"] for row in rows_of(walk(sandbox, search="DeepSeek-R1", author="deepseek-ai", expand=["sha"]))]


def test_the_limit_is_clamped_or_refused(world):
    with Sandbox(world=world) as sandbox:
        assert len(requests.get(f"{sandbox.url}/api/models?limit=1001", timeout=5).json()) == 1000
        assert requests.get(f"{sandbox.url}/api/models?limit=none", timeout=5).status_code == 400
    with Sandbox(world=world, hub=HubOptions(refuse_large_limit=True, honour_direction=False)) as sandbox:
        assert requests.get(f"{sandbox.url}/api/models?limit=1001", timeout=5).status_code == 400
        page = walk(sandbox, sort="createdAt", direction="1", limit=500)[0].json()
        assert page[0]["_id"] > page[-1]["_id"]


def test_the_envelope_is_the_hubs(sandbox):
    packed = requests.get(f"{sandbox.url}/api/models?limit=50", timeout=5)
    plain = requests.get(f"{sandbox.url}/api/models?limit=50", headers={"accept-encoding": "identity"}, timeout=5)
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["content-type"] == "application/json; charset=utf-8"
    assert re.fullmatch(rf'W/"{len(plain.content):x}-[\w+/]{{27}}"', plain.headers["etag"])
    assert packed.headers["x-tidegauge-sandbox"] == "1"


# What the records hold


def test_ids_and_times_agree_and_the_floor_is_crowded(world):
    rows = list(world.records(2))
    assert all(
        re.fullmatch("[0-9a-f]{24}", row["_id"]) and int(row["_id"][:8], 16) == row["created_at"] for row in rows
    )
    times = [row["createdAt"] for row in rows if "createdAt" in row]
    floor = sum(time in ("2022-03-02T23:29:04.000Z", "2022-03-02T23:29:05.000Z") for time in times)
    assert 0.008 < floor / len(rows) < 0.012
    assert min(times) == "2022-03-02T23:29:04.000Z"
    assert max(times) < world.now(2).isoformat()
    assert len({row["id"] for row in rows}) == len(rows)


def test_downloads_are_heavy_tailed_and_fit_the_counts_of_all_time():
    world = World(20_000)
    before = {
        row["_id"]: row["downloadsAllTime"] for row in world.records(0) if row.get("downloadsAllTime") is not None
    }
    now = [row for row in world.records(4) if row.get("downloads") is not None]
    counts = sorted((row["downloads"] for row in now), reverse=True)
    assert 0.9 < sum(counts[: len(counts) // 100]) / sum(counts) < 0.99
    assert counts[int(len(counts) * 0.12)] < 100
    moved = [
        (row["downloads"], row["downloadsAllTime"] - before[row["_id"]])
        for row in now
        if row["downloads"] > 1000 and row["_id"] in before
    ]
    ratios = sorted(window / delta for window, delta in moved if delta > 0)
    assert 1.0 < ratios[len(ratios) // 2] < 1.2  # 30 days against 28


def test_every_odd_shape_occurs(sandbox):
    rows = rows_of(walk(sandbox, expand=TOKENS))
    assert any("downloads" not in row for row in rows)
    assert any(row.get("downloads", 0) is None for row in rows)
    assert any("createdAt" not in row for row in rows)
    assert any(isinstance(row.get("trendingScore"), float) for row in rows)
    assert {json.dumps(row["gated"]) for row in rows} == {"false", '"auto"', '"manual"', "true"}
    assert {type(row["model-index"]) for row in rows} == {type(None), list, dict}
    cards = [row["cardData"] for row in rows if "cardData" in row]
    assert any(isinstance(card, list) for card in cards)
    bases = [card["base_model"] for card in cards if isinstance(card, dict) and "base_model" in card]
    assert {type(base) for base in bases} == {str, list, int, dict}
    assert any(isinstance(base, str) and base.startswith("https://huggingface.co/") for base in bases)
    assert any(isinstance(base, str) and base.endswith("/") for base in bases)
    assert any(isinstance(base, list) and None in base for base in bases)
    assert any("baseModels" not in row for row in rows)
    assert any(row.get("baseModels", 0) is None for row in rows)
    weights = [row["safetensors"] for row in rows if "safetensors" in row]
    assert any("parameters" not in one for one in weights)
    parameters = [one["parameters"] for one in weights if "parameters" in one]
    assert any("F8_E8M0" in one for one in parameters)
    packed = [one for one in weights if "U32" in one.get("parameters", {})]
    assert {one["total"] == sum(one["parameters"].values()) for one in packed} == {True, False}
    assert any(row["gguf"]["total"] > 2**32 for row in rows if "gguf" in row)
    assert any(row["id"].split("/")[1].isdecimal() for row in rows)
    assert any(len(row["tags"]) > 100 for row in rows)
    assert any("somethingNew" in row for row in rows)
    assert {"pipeline_tag", "library_name", "config", "siblings"} & {key for row in rows for key in row}
    clean = rows_of_world(World(500, oddities=False))
    assert all("createdAt" in row and isinstance(row["downloads"], int) for row in clean)


def rows_of_world(world, week=0):
    return list(world.records(week))


@pytest.mark.parametrize("models", [300, 500, 2500])
def test_a_large_root_is_in_no_family_in_every_world(models):
    listed = {row["root"].lower() for row in read_families(CURATED)}
    rows = rows_of_world(World(models))
    parents = {row["_id"]: row["parents"] for row in rows}

    def descend(hub_id):
        found, ahead = set(), [hub_id]
        while ahead:
            above = ahead.pop()
            below = [child for child, own in parents.items() if above in own and child not in (*found, hub_id)]
            found.update(below)
            ahead.extend(below)
        return len(found)

    unlisted = [row for row in rows if row["id"].lower() not in listed and not row["parents"]]
    named = {row["id"]: descend(row["_id"]) for row in unlisted if row["id"].split("/")[0] in ("Qwen", "tidepool-labs")}
    assert named["tidepool-labs/Nautilus-2-8B-Base"] >= 10
    assert "Qwen/Qwen99-7B" in named
    roots = {row["id"].lower() for row in rows}
    assert {"qwen/qwen3.5-9b", "google/gemma-4-e4b-it", "moonshotai/kimi-k2.5"} <= listed & roots, "roots of 2026"


def test_the_boards_have_labels_that_no_list_has():
    world = World(300)
    board = pl.read_parquet(io.BytesIO(arena.full(world, 0)))
    labels = {label.casefold() for label in board["license"].drop_nulls() if label}
    assert labels - openness_of("arena_licence").keys() == {"reef harbour license 2"}
    with zipfile.ZipFile(io.BytesIO(epoch_benchmarks.benchmark_archive(world, 0))) as archive:
        models = pl.read_csv(archive.read("model_metadata.csv"), infer_schema=False)
    labels = {label.casefold() for label in models["accessibility"].drop_nulls() if label}
    assert labels - openness_of("epoch_accessibility").keys() == {"weights on request"}


def test_lineage_has_families_chains_cycles_and_gaps():
    world = World(5000)
    rows = rows_of_world(world, 12)
    parents = {row["_id"]: row["parents"] for row in rows}
    assert 0.28 < sum(map(bool, parents.values())) / len(rows) < 0.35
    assert any(hub_id in own for hub_id, own in parents.items())
    assert any(
        hub_id in parents.get(parent, ()) for hub_id, own in parents.items() for parent in own if parent != hub_id
    )
    assert any(
        hub_id not in own
        and any(
            hub_id in parents.get(third, ()) for second in own for third in parents.get(second, ()) if second != third
        )
        for hub_id, own in parents.items()
    )
    assert any(parent not in parents for own in parents.values() for parent in own)
    assert max(len(own) for own in parents.values()) == 3

    def depth(hub_id, seen=()):
        above = [parent for parent in parents.get(hub_id, ()) if parent not in (*seen, hub_id)]
        return max((1 + depth(parent, (*seen, hub_id)) for parent in above), default=0)

    assert max(map(depth, parents)) >= 15
    families = Counter(row["baseModels"]["models"][0]["id"] for row in rows if row.get("baseModels"))
    assert families.most_common(1)[0][1] > 20 * sorted(families.values())[len(families) // 2]
    assert {row["relation"] for row in rows} == {None, "adapter", "finetune", "quantized", "merge"}
    hidden = [row for row in rows if row["parents"] and not row.get("baseModels")]
    assert any(any(tag.startswith("base_model:") for tag in row["tags"]) for row in hidden)
    names = {row["id"] for row in rows}
    tagged = {tag[11:] for row in rows for tag in row["tags"] if tag.startswith("base_model:")}
    former = {row["name"] for row in rows_of_world(world)} - names
    assert tagged & former, "some tags have the name of a parent from before its rename"
    typed = [
        card["base_model"] for row in rows if isinstance(card := row.get("cardData"), dict) and "base_model" in card
    ]
    assert "bert-base-uncased" in typed
    assert "bert-base-uncased" not in names


def test_parents_change_and_are_taken_back_between_weeks():
    world = World(5000)
    weeks = [{row["_id"]: row["parents"] for row in world.records(week)} for week in (0, 12)]
    both = weeks[0].keys() & weeks[1].keys()
    changed = [(weeks[0][one], weeks[1][one]) for one in both if weeks[0][one] and weeks[0][one] != weeks[1][one]]
    assert any(after for _, after in changed)
    assert any(not after for _, after in changed)
    assert len(changed) < len(both) / 50


# Weeks


def test_two_processes_make_the_same_bytes(world):
    program = (
        "import sys, hashlib, polars as pl\n"
        "from pipelines.sandbox.hub.world import World\n"
        "from pipelines.sandbox.hub.records import Rows, TOKENS, rendered\n"
        "world = World(2500, seed=3)\n"
        "weeks = map(int, sys.argv[1:])\n"
        "digest = hashlib.sha256()\n"
        "for week in weeks:\n"
        "    state = world.state(week)\n"
        "    rows = Rows(world, state, pl.arange(0, state.frame.height, eager=True))\n"
        "    digest.update('\\n'.join(rendered(rows, TOKENS)).encode())\n"
        "print(digest.hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program, "5"],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout != ""
    rows = rows_of_world(World(2500, seed=3), 5)
    world.state(9)  # a world that has been further ahead looks back at the same week
    assert rows_of_world(world, 5) == rows
    assert rows_of_world(World(2500, seed=4), 5) != rows


def test_what_happens_between_weeks_is_seen_through_the_wire():
    with Sandbox(models=5000, seed=1) as sandbox:
        session = requests.Session()
        snapshots = []
        for week in range(6):
            assert session.post(f"{sandbox.url}/_sandbox/week", json={"week": week}, timeout=5).json()["week"] == week
            rows = rows_of(walk(sandbox, session, sort="createdAt", expand=["downloads", "downloadsAllTime"]))
            snapshots.append({row["_id"]: row for row in rows})
        truths = [sandbox.world.truth(week) for week in range(6)]
    ever = set(snapshots[0])
    fallen = 0
    for before, after, truth in zip(snapshots, snapshots[1:], truths[1:], strict=False):
        born = {hub_id for hub_id in set(after) - ever if hub_id > max(ever)}
        assert truth.models == len(after)
        assert truth.births == len(born)
        assert truth.deletions == len(set(before) - set(after))
        assert truth.returns == len(set(after) - set(before) - born)
        assert truth.renames == sum(after[one]["id"] != before[one]["id"] for one in set(before) & set(after))
        assert truth.downloads == sum(row.get("downloads") or 0 for row in after.values())
        assert truth.downloads_all_time == sum(row.get("downloadsAllTime") or 0 for row in after.values())
        both = [
            (before[one].get("downloadsAllTime"), after[one].get("downloadsAllTime"))
            for one in set(before) & set(after)
        ]
        fallen += sum(old is not None and new < old for old, new in both)
        ever |= set(after)
    assert all(
        sum(getattr(truth, event) for truth in truths) for event in ("births", "deletions", "returns", "renames")
    )
    assert 0 < fallen < 100
    assert 1.005 < truths[-1].models / truths[-2].models < 1.02


def test_a_world_of_any_size_and_only_real_weeks():
    assert World(100).truth(1).births == 1
    with pytest.raises(ValueError, match="between 100"):
        World(99)
    with pytest.raises(ValueError, match="count from 0"):
        World(100).state(-1)
    assert World(100).now(1) - World(100).now(0) == datetime.timedelta(days=7)


# Other routes


def test_the_detail_route_answers_redirects_and_refuses(sandbox):
    url = f"{sandbox.url}/api/models"
    model = requests.get(f"{url}/meta-llama/Llama-2-7b-hf", timeout=5).json()
    assert model["id"] == model["modelId"] == "meta-llama/Llama-2-7b-hf"
    assert model["gated"] == "manual"
    missing = requests.get(f"{url}/nobody/nothing", timeout=5)
    assert (missing.status_code, len(missing.content)) == (401, 41)
    legacy = requests.get(f"{url}/bert-base-uncased", allow_redirects=False, timeout=5)
    assert (legacy.status_code, legacy.headers["location"]) == (307, "/api/models/google-bert/bert-base-uncased")
    tokens = {"expand": [*DETAIL_ONLY, "inferenceProviderMapping", "baseModels"]}
    asked = requests.get(f"{url}/bert-base-uncased", params=tokens, timeout=5).json()
    if "childrenModelCount" not in asked:  # a redirect drops the query
        asked = requests.get(f"{url}/google-bert/bert-base-uncased", params=tokens, timeout=5).json()
    assert set(asked) == {"_id", "id", *DETAIL_ONLY, "inferenceProviderMapping", "baseModels"}
    assert isinstance(asked["inferenceProviderMapping"], dict)
    assert asked["baseModels"] is None
    truth = [row for row in sandbox.world.records(0) if asked["_id"] in row["parents"]]
    assert asked["childrenModelCount"] == {
        relation: sum(row["relation"] == relation for row in truth)
        for relation in ("adapter", "finetune", "quantized", "merge")
    }
    assert HfApi(endpoint=sandbox.url).model_info("Qwen/Qwen2.5-7B").downloads > 0


def test_a_renamed_model_redirects_from_its_old_name(sandbox):
    before = {row["_id"]: row["id"] for row in sandbox.world.records(0)}
    after = {row["_id"]: row["id"] for row in sandbox.world.records(4)}
    renamed = [(before[one], after[one]) for one in before if after.get(one, before[one]) != before[one]]
    assert ("THUDM/chatglm3-6b", "zai-org/chatglm3-6b") in renamed
    sandbox.week = 4
    for old, new in renamed:
        answer = requests.get(f"{sandbox.url}/api/models/{old}", allow_redirects=False, timeout=5)
        assert (answer.status_code, answer.headers["location"]) == (307, f"/api/models/{new}")
        assert requests.get(f"{sandbox.url}/api/models/{new}", timeout=5).json()["id"] == new
    sandbox.week = 0
    assert requests.get(f"{sandbox.url}/api/models/{renamed[0][1]}", timeout=5).status_code == 401


def test_totals_and_accounts(sandbox):
    page = requests.get(f"{sandbox.url}/models-json?withCount=true&p=1", timeout=5).json()
    assert page["numTotalItems"] == sandbox.world.truth(0).models
    assert (len(page["models"]), page["numItemsPerPage"], page["pageIndex"]) == (30, 30, 1)
    organisation = requests.get(f"{sandbox.url}/api/organizations/google/overview", timeout=5)
    assert organisation.json()["numModels"] > 0
    assert requests.get(f"{sandbox.url}/api/users/google/overview", timeout=5).status_code == 404
    user = first_with(sandbox.world.records(0), lambda row: re.fullmatch(r"[a-z]+-[a-z]+\d*", row["author"]))["author"]
    assert requests.get(f"{sandbox.url}/api/organizations/{user}/overview", timeout=5).status_code in (200, 404)
    assert requests.get(f"{sandbox.url}/api/nothing", timeout=5).status_code == 404


def test_the_sandbox_says_what_it_is(sandbox):
    answer = requests.get(f"{sandbox.url}/_sandbox", timeout=5)
    assert answer.json()["sandbox"] is True
    assert answer.json()["models"] == 2500
    assert answer.json()["now"] == "2026-08-31T06:00:00Z"
    assert answer.headers["x-tidegauge-sandbox"] == "1"
    assert requests.post(f"{sandbox.url}/_sandbox/week", data="[]", timeout=5).status_code == 400
    assert requests.put(sandbox.url, timeout=5).headers["x-tidegauge-sandbox"] == "1"
    assert urlsplit(sandbox.url).hostname == "127.0.0.1"


def test_a_service_beside_the_hub_gets_its_own_path(world):
    class Echo:
        prefix = "/echo"

        def respond(self, request: Request) -> Response:
            return json_response({"path": request.path, "base": request.base, "week": request.week})

    with Sandbox(world=world, week=2, services=[Echo()]) as sandbox:
        answer = requests.get(f"{sandbox.url}/echo/r/all?x=1", timeout=5).json()
        assert answer == {"path": "/r/all", "base": f"{sandbox.url}/echo", "week": 2}


# Quota


def test_the_quota_runs_out_and_comes_back(world):
    with Sandbox(world=world, quota=3, window=1.5, hub=HubOptions(retry_after="seconds")) as sandbox:
        url = f"{sandbox.url}/api/models?limit=1"
        answers = [requests.get(url, timeout=5) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert [LIMITS.search(answer.headers["ratelimit"])[2] for answer in answers] == ["2", "1", "0", "0", "0"]
        assert re.fullmatch(r'"fixed window";"api";q=3;w=\d', answers[0].headers["ratelimit-policy"])
        wait = int(LIMITS.search(answers[-1].headers["ratelimit"])[3])
        assert 0 < wait <= 2
        assert answers[-1].headers["retry-after"] == str(wait)
        token = {"authorization": "Bearer made-up"}
        with_token = [requests.get(url, headers=token, timeout=5).status_code for _ in range(7)]
        assert with_token == [200] * 6 + [429]
        assert [seen.had_authorization for seen in sandbox.requests] == [False] * 5 + [True] * 7
        assert "made-up" not in repr(list(sandbox.requests))
        time.sleep(wait)
        assert requests.get(url, timeout=5).status_code == 200


def test_the_official_client_waits_out_the_quota(world):
    with Sandbox(world=world, quota=2, window=2) as sandbox:
        assert len(list(HfApi(endpoint=sandbox.url, token=False).list_models(expand=["sha"]))) == 2500
        assert 429 in [seen.status for seen in sandbox.requests]


# Changes during a walk


def test_a_walk_by_downloads_loses_a_model_that_rises_and_one_by_creation_does_not():
    for sort, lost in (("downloads", 1), ("createdAt", 0)):
        with Sandbox(models=2500) as sandbox:
            low = list(sandbox.world.records(0))[1700]

            def rise(request, sandbox=sandbox, hub_id=low["_id"]):
                if len(sandbox.requests) == 1:
                    sandbox.world.edit(0, hub_id, downloads=10**9)

            sandbox.on_request = rise
            rows = rows_of(walk(sandbox, sort=sort))
            assert 2500 - len({row["_id"] for row in rows}) == lost


def test_models_can_vanish_be_renamed_and_gated_at_once(world):
    with Sandbox(models=300) as sandbox:
        gone, gated, renamed = (row for row in list(sandbox.world.records(0))[200:203])
        sandbox.world.edit(0, gone["_id"], alive=0)
        sandbox.world.edit(0, gated["_id"], gated=2)
        sandbox.world.edit(0, renamed["_id"], renamed=1)
        rows = {row["_id"]: row for row in rows_of(walk(sandbox))}
        assert gone["_id"] not in rows
        assert rows[gated["_id"]]["gated"] == "manual"
        assert rows[renamed["_id"]]["id"] != renamed["id"]
        assert requests.get(f"{sandbox.url}/api/models/{gone['id']}", timeout=5).status_code == 401
        sandbox.world.state(1), sandbox.world.state(2)
        assert len(rows_of(walk(sandbox))) == 299


# Faults


def second_page(sandbox, fault, **options):
    """Return the response to the second page of a walk, with a fault on it."""
    sandbox.faults = faults.on_page(2, fault)
    first = requests.get(f"{sandbox.url}/api/models?sort=createdAt&limit=500&expand=sha&expand=tags", timeout=5)
    return first, lambda: requests.get(first.links["next"]["url"], timeout=options.get("timeout", 5))


def test_a_status_with_any_headers_and_body(sandbox):
    _, get = second_page(sandbox, faults.Status(503, b"<html>busy</html>", {"Retry-After": "7"}))
    answer = get()
    assert (answer.status_code, answer.headers["retry-after"], answer.text) == (503, "7", "<html>busy</html>")
    assert answer.headers["x-tidegauge-sandbox"] == "1"
    assert get().status_code == 200


def test_a_web_page_with_status_200(sandbox):
    _, get = second_page(sandbox, faults.html_page)
    assert get().headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("in_body", [False, True])
def test_a_stall_makes_a_client_with_a_timeout_give_up(sandbox, in_body):
    _, get = second_page(sandbox, faults.Stall(30, in_body=in_body), timeout=0.3)
    begin = time.monotonic()
    with pytest.raises((requests.Timeout, requests.ConnectionError)):
        get()
    assert time.monotonic() - begin < 5


def test_a_stalled_answer_arrives_whole_in_the_end(sandbox):
    _, get = second_page(sandbox, faults.Stall(0.2, in_body=True))
    assert len(get().json()) == 500


def test_a_cut_connection(sandbox):
    _, get = second_page(sandbox, faults.Cut(0.5))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get()
    assert len(get().json()) == 500


def test_a_truncated_gzip_body(sandbox):
    _, get = second_page(sandbox, faults.truncated_gzip)
    with contextlib.suppress(requests.exceptions.ContentDecodingError):
        assert not get().content.endswith(b"]")
    connection = http.client.HTTPConnection(*sandbox.url.removeprefix("http://").split(":"))
    sandbox.faults = lambda request: faults.truncated_gzip
    connection.request("GET", "/api/models?limit=100")
    body = connection.getresponse().read()
    with pytest.raises(EOFError):
        gzip.decompress(body)


def test_links_that_lead_astray(sandbox):
    _, get = second_page(sandbox, faults.foreign_link("hub.example.net:8443"))
    assert get().links["next"]["url"].startswith("http://hub.example.net:8443/api/models?")
    _, get = second_page(sandbox, faults.looping_link)
    answer = get()
    assert answer.links["next"]["url"] == answer.url
    _, get = second_page(sandbox, faults.no_link)
    assert "link" not in get().headers


def test_pages_repeated_and_swapped(sandbox):
    normal = [page.json() for page in walk(sandbox, limit=500, expand=["sha"])]
    sandbox.faults = faults.on_page(3, faults.repeated_page)
    repeated = [page.json() for page in walk(sandbox, limit=500, expand=["sha"])]
    assert repeated == [normal[0], normal[1], normal[1], *normal[3:]]
    sandbox.faults = faults.together(faults.on_page(2, faults.next_page_early), faults.on_page(3, faults.repeated_page))
    swapped = [page.json() for page in walk(sandbox, limit=500, expand=["sha"])]
    assert swapped == [normal[0], normal[2], normal[1], *normal[3:]]


def test_bytes_and_rows_of_a_page_altered(sandbox):
    first, get = second_page(sandbox, faults.Altered(lambda body: body[:-1]))
    with pytest.raises(requests.exceptions.JSONDecodeError):
        get().json()
    _, get = second_page(sandbox, faults.rows_altered(lambda rows: [*first.json()[-1:], *reversed(rows)]))
    rows = get().json()
    assert rows[0] == first.json()[-1]
    assert rows[1]["_id"] < rows[-1]["_id"]


# Speed


def test_kept_pages_are_served_from_memory(world):
    with Sandbox(world=world, hub=HubOptions(cache=True)) as sandbox:
        url = f"{sandbox.url}/api/models?sort=createdAt&" + "&".join(f"expand={token}" for token in LEAN)
        session = requests.Session()
        bodies = {hashlib.sha256(session.get(url, timeout=5).content).digest() for _ in range(3)}
        begin = time.monotonic()
        for _ in range(20):
            session.get(url, headers={"accept-encoding": "identity"}, timeout=5)
        assert len(bodies) == 1
        assert time.monotonic() - begin < 2
        sandbox.week = 1
        assert hashlib.sha256(session.get(url, timeout=5).content).digest() not in bodies


def test_the_command_serves_until_it_is_told_to_stop():
    program = "from pipelines.sandbox.server import serve; serve(0, 100, 0, 2, 500, 300.0)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        assert requests.get(f"{url}/_sandbox", timeout=5).json()["week"] == 2
        process.terminate()
        told = dict(line.strip().split("=", 1) for line in process.stdout)
        assert told["TIDEGAUGE_SEC_ISSUERS"].endswith("pipelines/sandbox/services/sec_issuer.csv"), "no real issuer"
        assert process.wait(10) == 0


def test_the_truth_of_a_week_does_not_change_when_the_world_has_grown():
    world = World(models=300)
    first = world.truth(0)
    world.truth(1)
    assert world.truth(0) == first
