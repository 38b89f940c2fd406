"""Every source against damaged forms of its true responses: right rows, or an error of the source; one odd item costs itself.

The truth is read from the responses that the sandbox sends, by a few lines here and not by the clients. Week 0 is stored;
the responses of week 1 are damaged. What is then stored is the truth of week 1, without the item that a form concerns, or of
week 0, if the source fails. Each collection is made for real, over HTTP, and its result loaded in a transaction that is rolled
back.
"""

import contextlib
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import damages
import duckdb
import polars as pl
import pytest
from collecting import point_at
from damages import (
    ITEM,
    NO_NAMES,
    NO_NUMBERS,
    NOTHING,
    SOURCE,
    Form,
    cells,
    changed,
    fields,
    forms,
    json_forms,
    parquet,
)
from warehouses import warehouse_at

from assets.declared_sources import COLLECTED
from assets.http import client
from assets.http.errors import SourceError
from assets.landing.responses import ResponseStore
from assets.settings import Settings
from assets.source import SourceContext
from assets.source_asset import load_result
from assets.weeks import monday
from pipelines.sandbox.faults import Fault, Respond
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.wire import Request, Response
from warehouse.database.connection import File
from warehouse.seeds import lists

Figures = dict[str, Any]
OBSERVED = """
    select concat_ws('|', entity, metric, period_start), value from core.observation_latest where basis = 'measured'
"""
INVITES = [lists.DiscordInvite(f"Place {n}", f"place{n}", f"72974176919276{n:04d}", "made up") for n in range(4)]


@dataclass(frozen=True)
class Subject:
    """A source with one item of it: what damages the response at `path` (a pattern), which figures it has, and what is true.

    `item` is how the keys of its figures begin. `stored` is a query of keys and figures, `truth` returns them from the true
    responses, by path. With `is_current`, figures that a source no longer states are not there any more. `listed` is the list
    of what is requested, which is shortened; `{0}` and `{1}` in `path` and `item` are its first entries.
    """

    source: str
    path: str
    item: str
    truth: Callable[[Mapping[str, Response], date], Figures]
    forms: Callable[[], Iterator[Form]]
    stored: str = OBSERVED
    is_current: bool = False
    listed: str | None = None


def counted(path: str, metric: str, count: Callable[[Any], float]) -> Callable[[Mapping[str, Response], date], Figures]:
    """Return the truth of a counter: the first two groups of the pattern `path` name its entity."""

    def truth(responses: Mapping[str, Response], week: date) -> Figures:
        found = {name: re.search(path, name) for name in responses}
        return {
            f"{'/'.join(part for part in match.groups() if part)}|{metric}|{week}": count(
                json.loads(responses[name].body)
            )
            for name, match in found.items()
            if match
        }

    return truth


def counter_forms(*needed: str, names: Sequence[str], zero: Sequence[str] | None = None) -> Iterator[Form]:
    """Yield the forms of a response about one item, with a number at the path `needed` and names in the fields `names`.

    `zero` are the paths of all its counters; they are large, so that 0 is an outage.
    """
    yield from damages.transport_forms()
    yield from json_forms(ITEM)
    yield from fields(ITEM, needed, NO_NUMBERS)
    for name in names:
        yield from fields(ITEM, [name], NO_NAMES)
    zeros = ["/".join(needed)] if zero is None else zero

    def without_counts(body: bytes) -> bytes:
        for path in zeros if body.startswith(b"{") else ():
            body = damages.with_value(body, path.split("/"), 0)
        return body

    if zeros:
        yield Form("a counter at 0", ITEM, changed(without_counts))
        yield Form("every counter at 0", SOURCE, changed(without_counts), everywhere=True)
    yield from forms(NOTHING, {"a field more": lambda body: damages.with_value(body, ["brand_new"], {"x": [1]})})


def of_github(responses: Mapping[str, Response], week: date) -> Figures:
    found: Figures = {}
    for name, response in responses.items():
        project = "/".join(name.split("?")[0].split("/")[2:4])
        if name.split("?")[0].endswith("/contributors"):
            last = re.findall(r"[?&]page=(\d+)>; rel=\"last\"", response.headers["Link"])[0]
            found[f"{project}|github_contributors|{week}"] = int(last)
        else:
            found[f"{project}|github_stars|{week}"] = json.loads(response.body)["stargazers_count"]
    return found


def of_discord(responses: Mapping[str, Response], week: date) -> Figures:
    names = {invite.code: invite.community for invite in INVITES}
    found: Figures = {}
    for name, response in responses.items():
        value, entity = json.loads(response.body), f"{names[name.split('?')[0].rpartition('/')[2]]} Discord"
        found[f"{entity}|discord_members|{week}"] = value["approximate_member_count"]
        found[f"{entity}|discord_presence|{week}"] = value["approximate_presence_count"]
    return found


def of_organisations(responses: Mapping[str, Response], week: date) -> Figures:
    found: Figures = {}
    for response in responses.values():
        value = json.loads(response.body)
        for metric, name in (("followers", "numFollowers"), ("members", "numUsers"), ("models", "numModels")):
            found[f"{value['name']}|hub_organisation_{metric}|{week}"] = value[name]
    return found


def of_arctic_shift(responses: Mapping[str, Response], week: date) -> Figures:
    found: Figures = {}
    for name, response in responses.items():
        query = parse_qs(urlsplit(name).query)
        subreddit = query["key"][0].split("/")[1]
        for point in json.loads(response.body)["data"]:
            day = datetime.fromtimestamp(point["date"], UTC).date()
            if f"{day}" != query["before"][0]:  # the day is not over
                found[f"r/{subreddit}|subreddit_subscribers|{day}"] = point["value"]
    return found


def of_reddit(responses: Mapping[str, Response], week: date) -> Figures:
    (listing,) = (json.loads(one.body) for name, one in responses.items() if "/api/info" in name)
    children = [one["data"] for one in listing["data"]["children"]]
    return {f"r/{one['display_name']}|subreddit_subscribers|{week}": one["subscribers"] for one in children}


def of_openrouter(responses: Mapping[str, Response], week: date) -> Figures:
    (response,) = responses.values()
    return {
        f"{one['id']}|token_price_{metric}|{week}": pytest.approx(float(one["pricing"][name]) * 1e6)
        for one in json.loads(response.body)["data"]
        for name, metric in (("prompt", "input"), ("completion", "output"))
        if one["pricing"][name] != "-1"
    }


def of_csv(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def of_funding(responses: Mapping[str, Response], week: date) -> Figures:
    (response,) = responses.values()
    found: Figures = {}
    for row in of_csv(response.body):
        amounts = [float(row[name]) for name in ("Funding (equity)", "Funding (debt)") if row[name]]
        found[f"{row['Id']}|"] = (row["Company"], row["Status"], sorted(amount for amount in amounts if amount))
    return found


def of_epoch_models(responses: Mapping[str, Response], week: date) -> Figures:
    found: Figures = {}
    for name, response in responses.items():
        is_model = "frontier" in name
        for row in of_csv(response.body):
            number = row["Parameters" if is_model else "Memory (bytes)"]
            found[f"{row['Model' if is_model else 'Hardware name']}|"] = float(number) / 1e9 if number else None
    return found


def of_benchmarks(responses: Mapping[str, Response], week: date) -> Figures:
    (response,) = responses.values()
    found: Figures = {}
    with zipfile.ZipFile(io.BytesIO(response.body)) as archive:
        for file, benchmark, column, scale in (
            ("gpqa_diamond.csv", "GPQA diamond", "Best score (across scorers)", 100),
            ("math_level_5.csv", "MATH level 5", "Best score (across scorers)", 100),
            ("chess_puzzles.csv", "Chess puzzles", "Solved (%)", 1),
        ):
            for row in of_csv(archive.read(file)):
                found[f"{benchmark}|{row['Model version']}|"] = pytest.approx(float(row[column]) * scale)
        for row in of_csv(archive.read("epoch_capabilities_index/eci_scores.csv")):
            found[f"Epoch Capabilities Index|{row['Model']}|"] = float(row["eci"])
    return found


def of_leaderboard(responses: Mapping[str, Response], week: date) -> Figures:
    (body,) = (one.body for name, one in responses.items() if name.startswith("/_storage/"))
    frame = pl.read_parquet(io.BytesIO(body)).filter(~pl.col("Flagged")).sort("Average ⬆️")
    best = {row["fullname"]: row for row in frame.rows(named=True)}  # the last one is the best
    return {f"{name}|{benchmark}|": row[benchmark] for name, row in best.items() for benchmark in ("BBH", "GPQA")}


def of_arena(responses: Mapping[str, Response], week: date) -> Figures:
    found: Figures = {}
    for name, response in responses.items():
        if name.startswith("/_storage/"):
            board = "Arena text with style control" if "style_control" in name else "Arena text"
            frame = pl.read_parquet(io.BytesIO(response.body)).filter(
                pl.col("category") == "overall", pl.col("rating").is_not_nan()
            )
            for row in frame.rows(named=True):
                key = f"{board}|{row['model_name']}|{row['leaderboard_publish_date']}"
                found[key] = (row["rating"], row["vote_count"])
    return found


def of_inferencex(responses: Mapping[str, Response], week: date) -> Figures:
    found: Figures = {}
    names = {model.key: model.model for model in lists.inferencex_models()}
    for name, response in responses.items():
        if "benchmarks?" in name and response.status == 200:
            for row in json.loads(response.body):
                key = [row[part] for part in ("hardware", "isl", "osl", "conc", "framework")]
                found["|".join(map(str, [names.get(row["model"], row["model"]), *key]))] = row["metrics"][
                    "tput_per_gpu"
                ]
    return found


def of_sec(responses: Mapping[str, Response], week: date) -> Figures:
    found: Figures = {}
    for name, response in responses.items():
        sold = re.search(rb"<totalAmountSold>(\d+)<", response.body)
        if sold and b"</industryGroupType>" in response.body:
            number = name.split("/")[-2]
            found[f"{number[:10]}-{number[10:12]}-{number[12:]}|"] = float(sold[1])
    return found


def github_forms() -> Iterator[Form]:
    yield from counter_forms("stargazers_count", names=["full_name"], zero=[])
    starless = changed(
        lambda body: damages.with_value(body, ["stargazers_count"], 0) if body.startswith(b"{") else body
    )
    yield Form("stars at 0", ITEM, starless, only="|github_stars|")
    yield Form("all stars at 0", SOURCE, starless, everywhere=True)
    moved = {"message": "Moved", "url": ""}
    yield Form("another project with the name", ITEM, changed(lambda body: damages.with_value(body, ["id"], 4711)))
    yield Form(
        "blocked",
        ITEM,
        damages.Status(403, b'{"message":"Repository access blocked"}', {"Content-Type": "application/json"}),
    )
    quota = damages.Status(403, b'{"message":"API rate limit exceeded for you."}', {"Content-Type": "application/json"})
    yield Form("the quota used up", SOURCE, quota, everywhere=True)
    yield Form("moved without an address", ITEM, damages.Status(301, json.dumps(moved).encode(), {}))


def moved_forms() -> Iterator[Form]:
    yield from fields(ITEM, ["id"], {**NO_NUMBERS, "another project": 4711})
    yield from fields(ITEM, ["stargazers_count"], NO_NUMBERS)


def contributor_forms() -> Iterator[Form]:
    yield from damages.transport_forms()
    yield from json_forms(ITEM)
    yield from forms(ITEM, {"two on a page": lambda body: json.dumps(json.loads(body) * 2).encode()})
    for name, link in {
        "no last page": '<https://x.example/y?page=2>; rel="next"',
        "a last page that is none": '<https://x.example/y?page=many>; rel="last"',
        "a last page of 0": '<https://x.example/y?page=0>; rel="last"',
    }.items():
        yield Form(name, ITEM, damages.changed_head(lambda body: body, {"Link": link}))


def discord_forms() -> Iterator[Form]:
    yield from counter_forms(
        "approximate_member_count",
        names=["guild"],
        zero=["approximate_member_count", "approximate_presence_count"],
    )
    yield from fields(ITEM, ["approximate_presence_count"], NO_NUMBERS)
    yield from fields(ITEM, ["guild", "id"], NO_NAMES)
    yield from fields(ITEM, ["approximate_presence_count"], {"more than members": 10**9})
    for body in (b'{"message":"Unknown Invite","code":10006}', b'{"message":"404: Nothing","code":0}', b"<html>", b""):
        yield Form(f"dead: {body!r}", ITEM, damages.Status(404, body, {"Content-Type": "application/json"}))


def pypistats_forms() -> Iterator[Form]:
    yield from counter_forms(
        "data",
        "last_month",
        names=["package", "type"],
        zero=[f"data/last_{one}" for one in ("day", "week", "month")],
    )
    yield from fields(ITEM, ["data", "last_week"], {**NO_NUMBERS, "more than the month": 10**9})


def organisation_forms() -> Iterator[Form]:
    yield from counter_forms("numFollowers", names=["name"], zero=[])
    for name in ("numUsers", "numModels"):
        yield from fields(ITEM, [name], NO_NUMBERS)


def arctic_forms() -> Iterator[Form]:
    yield from damages.transport_forms()
    yield from json_forms(ITEM)
    yield from fields(ITEM, ["data"], {"missing": damages.MISSING, "null": None, "nothing": [], "a text": "x"})
    yield from fields(ITEM, ["data", 3, "value"], NO_NUMBERS, without=["a fraction"])
    yield from fields(ITEM, ["data", 3, "date"], NO_NUMBERS)
    yield from fields(ITEM, ["data", 3, "date"], {"in milliseconds": 1_700_000_000_000, "long ago": 86_400})
    yield from fields(ITEM, ["data", 3], {"null": None, "a number": 7, "an object": {}})
    slow = b'{"data":null,"error":"Timeout. Please wait a bit"}'
    yield from forms(ITEM, {"a timeout with status 200": lambda body: slow})
    yield Form("a timeout for all", SOURCE, changed(lambda body: slow), everywhere=True)

    def double(body: bytes) -> bytes:
        points = json.loads(body)["data"]
        return json.dumps({"data": [*points, points[0]]}).encode()

    yield from forms(ITEM, {"a day twice": double})


def reddit_forms() -> Iterator[Form]:
    at = ("data", "children")
    # PRAW reads what comes, whatever its head says, and no mark before it.
    otherwise = {
        "another content type, for one": NOTHING,
        "an unknown encoding, for one": NOTHING,
        "a mark before it": SOURCE,
    }
    for form in (*damages.transport_forms(SOURCE), *json_forms(SOURCE)):
        yield replace(form, costs=otherwise.get(form.name, form.costs))
    yield from damages.lists(at, 1, of_double=ITEM)
    yield from fields(ITEM, [*at, 1, "data", "subscribers"], damages.NO_NUMBERS_OF_A_LIST)
    yield from fields(ITEM, [*at, 1, "data", "display_name"], NO_NAMES)
    yield from fields(ITEM, [*at, 1, "kind"], {"missing": damages.MISSING, "another": "t3", "null": None})
    yield from fields(SOURCE, ["kind"], {"missing": damages.MISSING, "another": "more", "null": None})
    yield from fields(SOURCE, [*at, 1, "data", "subscribers"], {"NaN": NO_NUMBERS["NaN"]})


def openrouter_forms() -> Iterator[Form]:
    at = ("data",)
    no_prices = {name: value for name, value in damages.NO_NUMBERS_OF_A_LIST.items() if name != "a number as text"}
    prices = {"a word": "free", "below 0": "-0.5", "a text of NaN": "NaN", "of a million tokens": "3.5", "huge": "1e9"}
    yield from damages.transport_forms(SOURCE)
    yield from json_forms(SOURCE)
    yield from damages.lists(at, 2, of_double=ITEM)
    for name in ("prompt", "completion"):
        yield from fields(ITEM, [*at, 2, "pricing", name], {**no_prices, **prices})
    yield from fields(ITEM, [*at, 2, "id"], {name: value for name, value in NO_NAMES.items() if name != "another name"})
    yield from fields(ITEM, [*at, 2, "created"], damages.NO_NUMBERS_OF_A_LIST)
    yield from fields(ITEM, [*at, 2, "name"], {"missing": damages.MISSING, "null": None, "empty": ""})
    yield from fields(SOURCE, [*at, 2, "created"], {"NaN": NO_NUMBERS["NaN"]})


def inferencex_forms() -> Iterator[Form]:
    """Yield the forms of the response for a model; `ITEM` is its third row or, in some forms, all of it."""
    yield from fields(
        ITEM, [2, "metrics", "tput_per_gpu"], damages.NO_NUMBERS_OF_A_LIST, without=["a fraction", "very large"]
    )
    yield from fields(ITEM, [2, "conc"], damages.NO_NUMBERS_OF_A_LIST)
    yield from fields(ITEM, [2, "isl"], damages.NO_NUMBERS_OF_A_LIST)
    yield from fields(ITEM, [2, "hardware"], {"missing": damages.MISSING, "null": None, "empty": "", "a number": 7})
    yield from fields(
        ITEM, [2, "date"], {"missing": damages.MISSING, "null": None, "a word": "soon", "to come": "2099-01-01"}
    )
    yield from fields(ITEM, [2, "metrics", "output_tput_per_gpu"], {"more than all": 10**7, "negative": -1})
    yield from fields(ITEM, [2, "run_url"], {"of another kind": "javascript:alert(1)"})
    yield from (form for form in damages.lists((), 2, of_double=ITEM) if form.costs != SOURCE)


def inferencex_model_forms() -> Iterator[Form]:
    yield from damages.transport_forms()
    yield from json_forms(ITEM)
    yield from forms(ITEM, {"an empty list": lambda body: b"[]"})


def leaderboard_forms() -> Iterator[Form]:
    row = pl.col("fullname") == "sandbox-maker-3/model-3"
    yield from damages.transport_forms(SOURCE)
    yield from damages.binary_forms(SOURCE)
    for name, value in {
        "NULL": None,
        "NaN": float("nan"),
        "infinite": float("inf"),
        "below 0": -3.0,
        "huge": 1e9,
    }.items():
        yield from forms(ITEM, {f"BBH: {name}": cells(row, BBH=value)})
    for name, value in {"a word": "soon", "to come": "2099-01-01", "long ago": "1900-01-01"}.items():
        yield from forms(ITEM, {f"Submission Date: {name}": cells(row, **{"Submission Date": value})})
    yield from forms(ITEM, {"Flagged: NULL": cells(row, Flagged=None), "no name": cells(row, fullname="")})
    yield from forms(NOTHING, {
        "rows in another order": parquet(lambda frame: frame.reverse()),
        "a row twice": parquet(lambda frame: pl.concat([frame, frame.filter(row)])),
        "a column more": parquet(lambda frame: frame.with_columns(more=pl.lit(1))),
    })  # fmt: skip
    yield from forms(SOURCE, {
        "the first half": parquet(lambda frame: frame.head(frame.height // 2)),
        "no row": parquet(lambda frame: frame.clear()),
        "every row flagged": parquet(lambda frame: frame.with_columns(Flagged=pl.lit(True))),
        **{f"without {name}": parquet(lambda frame, name=name: frame.drop(name)) for name in ("BBH", "fullname", "Flagged")},
        **{f"{name} renamed": parquet(lambda frame, name=name: frame.rename({name: "x"})) for name in ("GPQA", "Hub License")},
        "scores as text": parquet(lambda frame: frame.with_columns(pl.col("BBH").cast(pl.String))),
        "scores of 0 to 10,000": parquet(lambda frame: frame.with_columns(pl.col("BBH") * 100)),
        "no licence anywhere": parquet(lambda frame: frame.with_columns(pl.lit("").alias("Hub License"))),
    })  # fmt: skip


def arena_forms() -> Iterator[Form]:
    day = pl.col("leaderboard_publish_date").max()
    row = (
        (pl.col("category") == "overall")
        & (pl.col("leaderboard_publish_date") == day)
        & (pl.col("model_name") == "sandbox-1")
    )
    for name, value in {"NULL": None, "NaN": float("nan"), "infinite": float("inf"), "huge": 1e9}.items():
        yield from forms(ITEM, {f"rating: {name}": cells(row, rating=value)})
    for column, value in (("rating_lower", 9_000.0), ("rating_upper", -9_000.0), ("rating_lower", float("inf"))):
        yield from forms(ITEM, {f"{column}: {value}": cells(row, **{column: value})})
    for value in (-1.0, 3.5, float("inf")):
        yield from forms(ITEM, {f"vote_count: {value}": cells(row, vote_count=value)})
    for value in ("soon", "2099-01-01", "1970-01-01"):
        yield from forms(ITEM, {f"day: {value}": cells(row, leaderboard_publish_date=value)})
    yield from forms(ITEM, {"two ratings": parquet(lambda frame: pl.concat([
        frame, frame.filter(row).with_columns(pl.col("rating") + 1)
    ]))})  # fmt: skip
    yield from forms(NOTHING, {
        "rows in another order": parquet(lambda frame: frame.reverse()),
        "a row twice": parquet(lambda frame: pl.concat([frame, frame.filter(row)])),
        "a column more": parquet(lambda frame: frame.with_columns(more=pl.lit(1))),
        "votes as whole numbers": parquet(lambda frame: frame.with_columns(pl.col("vote_count").cast(pl.Int64))),
    })  # fmt: skip


def arena_board_forms() -> Iterator[Form]:
    """Yield the forms that cost a board; the other one stays."""
    yield from damages.transport_forms()
    yield from damages.binary_forms(ITEM)
    yield from forms(ITEM, {
        "no row": parquet(lambda frame: frame.clear()),
        "no overall": parquet(lambda frame: frame.filter(pl.col("category") != "overall")),
        "the newer half of the days": parquet(lambda frame: frame.filter(pl.col("leaderboard_publish_date") > "2025")),
        **{
            f"without {name}": parquet(lambda frame, name=name: frame.drop(name))
            for name in ("rating", "model_name", "vote_count", "category", "leaderboard_publish_date")
        },
        "rating renamed": parquet(lambda frame: frame.rename({"rating": "elo"})),
        "ratings as text": parquet(lambda frame: frame.with_columns(pl.col("rating").cast(pl.String))),
        "no votes anywhere": parquet(lambda frame: frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("vote_count"))),
        "no rating anywhere": parquet(lambda frame: frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("rating"))),
    })  # fmt: skip
    yield from forms(SOURCE, {
        "half of the rows": parquet(lambda frame: frame.gather_every(2)),
        "no licence anywhere": parquet(lambda frame: frame.with_columns(license=pl.lit(""))),
    })  # fmt: skip


def funding_forms() -> Iterator[Form]:
    yield from damages.transport_forms(SOURCE)
    needed = ("Id", "Company", "Status", "Close date", "Funding (equity)", "Funding (debt)", "Type")
    yield from damages.csv_forms("Id", 3, "Funding (equity)", needed)


def epoch_model_forms() -> Iterator[Form]:
    yield from damages.transport_forms(SOURCE)
    yield from damages.csv_forms(
        "Model", 3, "Parameters", ("Model", "Publication date", "Parameters", "Training hardware")
    )


def benchmark_forms() -> Iterator[Form]:
    yield from damages.transport_forms(SOURCE)
    for form in damages.binary_forms(SOURCE):
        # A zip archive is read from its end: what is before it costs nothing.
        yield replace(form, costs=NOTHING) if form.name == "more than it says" else form
    for form in damages.csv_forms("Model version", 3, "Best score (across scorers)", ("Model version", "Release date")):
        # A file that cannot be read costs its benchmark, and half of one fails the source: benchmark_file_forms.
        if form.costs != SOURCE and not form.name.startswith(("without ", "two different rows")):
            yield Form(form.name, form.costs, in_archive("gpqa_diamond.csv", form.fault))

    def odd_newest(body: bytes) -> bytes:
        table = damages.table_of(body)
        score, begun = (table[0].index(name) for name in ("Best score (across scorers)", "Started at"))
        newer = list(table[3])
        newer[score], newer[begun] = "77", "2026-12-01T10:00:00.000Z"
        return damages.written([*table, newer, table[4]])

    def odd_oldest(body: bytes) -> bytes:
        table = damages.table_of(body)
        score, begun = (table[0].index(name) for name in ("Best score (across scorers)", "Started at"))
        older = list(table[3])
        older[score], older[begun] = "77", "2020-01-01T10:00:00.000Z"
        return damages.written([*table, older, table[4]])

    def run(form: str, costs: str, change: damages.Change) -> Form:
        return Form(form, costs, changed(damages.member("gpqa_diamond.csv", change)))

    yield run("an odd newest run beside a sound one", ITEM, odd_newest)
    yield run("an odd older run", "noted", odd_oldest)
    yield from forms(SOURCE, {
        f"without {path}": damages.member(path, None) for path in ("model_metadata.csv", "benchmark_metadata.csv")
    })  # fmt: skip
    for path in ("model_metadata.csv", "benchmark_metadata.csv"):
        for name, change in {
            "empty": lambda body: b"",
            "a web page": lambda body: damages.PAGE,
            "a header only": lambda body: damages.written(damages.table_of(body)[:1]),
            "renamed columns": lambda body: body.replace(b"model_version", b"m").replace(b"source_file", b"s"),
        }.items():
            yield from forms(SOURCE, {f"{path}: {name}": damages.member(path, change)})

    yield from forms(SOURCE, {"half of model_metadata.csv": damages.member("model_metadata.csv", first_half)})


def first_half(body: bytes) -> bytes:
    """Return the first half of a table."""
    table = damages.table_of(body)
    return damages.written(table[: len(table) // 2])


def in_archive(path: str, fault: Fault) -> Fault:
    """Return the fault that does to one file of the archive what another one does to a response."""

    def of_archive(request: Request, respond: Respond) -> Response:
        def change(content: bytes) -> bytes:
            return fault(request, lambda _: Response(200, content)).body

        return changed(damages.member(path, change))(request, respond)

    return of_archive


def benchmark_file_forms() -> Iterator[Form]:
    """Yield the forms that cost one benchmark of the archive."""
    for name, change in {
        "empty": lambda body: b"",
        "a web page": lambda body: damages.PAGE,
        "its score renamed": lambda body: body.replace(b"Best score", b"Best"),
        "in UTF-16": lambda body: body.decode().encode("utf-16"),
        "cut off in a row": lambda body: body[: int(len(body) * 0.7)],
        "half of the runs": first_half,
        "in percent": lambda body: re.sub(rb"(?m)^([^,\n]+),0\.(\d\d)(\d\d),0\.(\d\d)(\d\d)", rb"\1,\2.\3,\4.\5", body),
    }.items():
        yield from forms(ITEM, {name: damages.member("gpqa_diamond.csv", change)})


def index_forms() -> Iterator[Form]:
    """Yield the form that costs the index of the archive."""
    half = damages.member("epoch_capabilities_index/eci_scores.csv", first_half)
    yield from forms(ITEM, {"half of the index": half})


def sec_filing_forms() -> Iterator[Form]:
    yield from damages.transport_forms()
    yield from damages.binary_forms(ITEM)
    for old, new in (
        (b"</industryGroupType>", b"</industryGroupType"), (b"<totalAmountSold>", b"<totalAmountSold>-"),
        (b"<totalAmountSold>", b"<totalAmountSold>1e9"), (b"<totalAmountSold>", b"<sold>"), (b"X0708", b"\xff\xfe"),
        (b"<edgarSubmission>", b"<other>"), (b"<isAmendment>false", b"<isAmendment>perhaps"),
        (b"<primaryIssuer>", b"<primaryIssuer/><primaryIssuer>"), (b"<cik>", b"<cik>x"),
        (b"<?xml", b'<!DOCTYPE x [<!ENTITY a "b">]><?xml'), (b"<submissionType>D", b"<submissionType>10-K"),
    ):  # fmt: skip
        yield from forms(ITEM, {f"{new!r}": lambda body, old=old, new=new: body.replace(old, new, 1)})
    yield from forms(NOTHING, {
        "without its first empty line": lambda body: body.lstrip(),
        "an element more": lambda body: body.replace(b"<offeringData>", b"<offeringData><more>1</more>", 1),
    })  # fmt: skip


def sec_listing_forms() -> Iterator[Form]:
    """Yield the forms of an issuer's submissions; `ITEM` is the issuer."""
    at = ("filings", "recent")
    yield from damages.transport_forms()
    yield from json_forms(ITEM)
    yield from fields(ITEM, ["cik"], NO_NUMBERS, without=[])
    yield from fields(ITEM, [*at, "accessionNumber"], {"missing": damages.MISSING, "null": None, "shorter": []})
    yield from fields(ITEM, ["filings", "files"], {"missing": damages.MISSING, "of another form": [{"name": "../x"}]})


def sec_entry_forms() -> Iterator[Form]:
    """Yield the forms of one entry of an issuer's submissions."""
    at = ("filings", "recent")
    for column, values in {
        "accessionNumber": {"a word": "x", "null": None, "a number": 7},
        "filingDate": {"a word": "soon", "to come": "2099-01-01", "null": None, "empty": ""},
        "primaryDocument": {"a path": "../../etc/passwd", "null": None},
        "form": {"null": None, "a number": 7},
    }.items():
        yield from fields(ITEM, [*at, column, 0], values)


ITEMS = 6


def current(key: str, value: str, table: str, places: str, where: str = "true") -> str:
    """Return the query of the rows that a source states now; `places` are the columns that say which row it is."""
    return f"""
        select {key}, {value} from (
            from {table} where {where}
            qualify row_number() over (partition by {places} order by recorded_at desc) = 1
        ) where not is_withdrawn
    """


_SCORE = ("base.benchmark_score", "benchmark, model, published_on")
SCORES = current("benchmark || '|' || model || '|'", "score", *_SCORE)
RATINGS = current("concat_ws('|', benchmark, model, published_on)", "(score, votes)", *_SCORE)
LEADERBOARD = current(
    "model || '|' || split_part(benchmark, ' / ', 2) || '|'", "score", *_SCORE,
    where="benchmark in ('Open LLM Leaderboard / BBH', 'Open LLM Leaderboard / GPQA')",
)  # fmt: skip
ROUNDS = f"""
    select source_id || '|', (
        any_value(company_as_named), any_value(status),
        coalesce(list_sort(list(amount_usd) filter (amount_usd > 0)), [])
    ) from ({current("*", "1 as one", "base.funding_round", "source_id, kind")}) group by source_id
"""
MODELS = " union all ".join((
    current("model || '|'", "parameters_b", "base.training_run", "model"),
    current("hardware || '|'", "memory_gb", "base.accelerator", "hardware"),
))  # fmt: skip
FILINGS = current("accession_number || '|'", "sold_usd", "base.form_d_filing", "accession_number")
RUN = "model, hardware, gpus, framework, precision, disaggregated, settings, isl, osl, concurrency"
RUNS = current(
    "concat_ws('|', model, hardware, coalesce(isl::varchar, 'None'), coalesce(osl::varchar, 'None'), concurrency, framework)",
    "total_tokens_per_second", "base.inference_result", RUN,
)  # fmt: skip
SUBJECTS = {
    "docker_hub": Subject(
        "docker_hub", "/docker-hub/v2/repositories/{0}", "{0}|",
        counted(r"repositories/([^/]+)/([^/?]+)", "docker_hub_pulls", lambda value: value["pull_count"]),
        lambda: counter_forms("pull_count", names=["namespace", "name"]), listed="docker_images",
    ),
    "pypistats": Subject(
        "pypistats", "/pypistats/api/packages/{0}/", "{0}|",
        counted(r"packages/([^/]+)/", "pypi_downloads_30d", lambda value: value["data"]["last_month"]),
        pypistats_forms, listed="pypi_packages",
    ),
    "replicate": Subject(
        "replicate", "/replicate/v1/models/{0}", "{0}|",
        counted(r"models/([^/]+)/([^/?]+)", "replicate_runs", lambda value: value["run_count"]),
        lambda: counter_forms("run_count", names=["owner", "name"]), listed="replicate_models",
    ),
    "github": Subject("github", "/github/repos/{0}$", "{0}|", of_github, github_forms, listed="github_projects"),
    "contributors of github": Subject(
        "github", "/github/repos/{0}/contributors", "{0}|github_contributors", of_github, contributor_forms,
        listed="github_projects",
    ),
    "discord": Subject("discord", "/invites/place2", "Place 2 Discord|", of_discord, discord_forms),
    "hub_organisations": Subject(
        "hub_organisations", "/api/organizations/{0}/", "{0}|", of_organisations, organisation_forms,
        listed="hub_organisations",
    ),
    "arctic_shift": Subject(
        "arctic_shift", "key=r%2F{0}%2F", "r/{0}|", of_arctic_shift, arctic_forms, listed="subreddits"
    ),
    "reddit": Subject("reddit", "/reddit/api/info", "r/{4}|", of_reddit, reddit_forms, listed="subreddits"),
    "openrouter": Subject("openrouter", "/openrouter/", "open-harbour/sandbox-38|", of_openrouter, openrouter_forms),
    "epoch_funding": Subject(
        "epoch_funding", "/epoch/", "Tessellate Labs – 2024-03|", of_funding, funding_forms, ROUNDS, is_current=True
    ),
    "epoch_models": Subject(
        "epoch_models", "/frontier_ai_models.csv", "Harbour 405B|", of_epoch_models, epoch_model_forms, MODELS,
        is_current=True,
    ),
    "epoch_benchmarks": Subject(
        "epoch_benchmarks", "/benchmark_data.zip", "GPQA diamond|Llama-2-70b-chat-hf|", of_benchmarks, benchmark_forms,
        SCORES, is_current=True,
    ),
    "files of epoch_benchmarks": Subject(
        "epoch_benchmarks", "/benchmark_data.zip", "GPQA diamond|", of_benchmarks, benchmark_file_forms,
        SCORES, is_current=True,
    ),
    "index of epoch_benchmarks": Subject(
        "epoch_benchmarks", "/benchmark_data.zip", "Epoch Capabilities Index|", of_benchmarks, index_forms,
        SCORES, is_current=True,
    ),
    "open_llm_leaderboard": Subject(
        "open_llm_leaderboard", "/_storage/", "sandbox-maker-3/model-3|", of_leaderboard, leaderboard_forms, LEADERBOARD,
        is_current=True,
    ),
    "arena": Subject(
        "arena", "%2Ftext%2F", "Arena text|sandbox-1|", of_arena, arena_forms,
        RATINGS, is_current=True,
    ),
    "boards of arena": Subject(
        "arena", "%2Ftext%2F", "Arena text|", of_arena, arena_board_forms,
        RATINGS, is_current=True,
    ),
    "inferencex": Subject(
        "inferencex", "benchmarks.model=DeepSeek-R1-0528", "DeepSeek-R1-0528|h100|1024|8192|4|", of_inferencex,
        inferencex_forms, RUNS, is_current=True, listed="inferencex_models",
    ),
    "models of inferencex": Subject(
        "inferencex", "benchmarks.model=DeepSeek-R1-0528", "DeepSeek-R1-0528|", of_inferencex, inferencex_model_forms, RUNS,
        is_current=True, listed="inferencex_models",
    ),
    "sec_form_d": Subject(
        "sec_form_d", "/000990000126000001/", "0009900001-26-000001|", of_sec, sec_filing_forms, FILINGS, is_current=True
    ),
    "lists of sec_form_d": Subject(
        "sec_form_d", "/CIK0009900001.json", "0009900001-26-", of_sec, sec_listing_forms, FILINGS, is_current=True
    ),
    "entries of sec_form_d": Subject(
        "sec_form_d", "/CIK0009900001.json", "0009900001-26-000002|", of_sec, sec_entry_forms, FILINGS, is_current=True
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(models=100) as running:
        yield running


class RolledBackError(Exception):
    """Ends a transaction without a trace."""


class Rehearsal:
    """Collects a source in week 1 over and over: what a form of its response costs, and what would then be stored."""

    def __init__(self, subject: Subject, sandbox: Sandbox, database: File, landing: Path) -> None:
        self.subject, self.sandbox, self.database, self.landing = subject, sandbox, database, landing
        self.settings = Settings()
        self.seen: dict[str, Response] = {}
        sandbox.faults = self.remember
        with self.database.writing() as connection:
            self.collect(connection, 0)
        self.before, self.stored = self.truth(0), self.stored_now()
        with contextlib.suppress(RolledBackError), self.database.writing() as connection:
            self.aside = len(self.collect(connection, 1))
            raise RolledBackError
        self.now = self.truth(1)

    def remember(self, _: Request) -> Fault:
        """Keep each true response."""

        def fault(request: Request, respond: Respond) -> Response:
            response = damages.undamaged(request, respond)
            if response.status == 200:
                self.seen[request.target] = response
            return response

        return fault

    def truth(self, week: int) -> Figures:
        """Return what the sandbox said in a week, and forget its responses."""
        seen, self.seen = self.seen, {}
        return self.subject.truth(seen, monday(self.sandbox.world.now(week)))

    def collect(self, connection: duckdb.DuckDBPyConnection, week: int) -> set[str]:
        """Collect and load the source in a transaction; return the items that were set aside."""
        self.sandbox.week = week
        now = self.sandbox.world.now(week).astimezone(UTC)
        responses = ResponseStore(self.landing, self.subject.source, monday(now))
        context = SourceContext(responses, self.settings, now, monday(now))
        transaction: Any = SimpleNamespace(writing=lambda: nullcontext(connection))
        loaded = load_result(transaction, context, COLLECTED[self.subject.source].collect(context))
        return {one.item for one in loaded.set_aside}

    def stored_now(self) -> Figures:
        """Return what is stored."""
        with self.database.writing() as connection:
            return dict(connection.execute(self.subject.stored).fetchall())

    def wrong(self, form: Form) -> str | None:
        """Return what is wrong after a form of damage; None if all is right."""

        def hook(request: Request) -> Fault:
            place = urlsplit(request.base).path + request.target
            is_item = re.search(self.subject.path, place) is not None
            return form.fault if form.everywhere or is_item else damages.undamaged

        self.sandbox.faults = hook
        found: Figures = {}
        aside: set[str] = set()
        failed: str | None = None
        with contextlib.suppress(RolledBackError), self.database.writing() as connection:
            try:
                aside = self.collect(connection, 1)
                found = dict(connection.execute(self.subject.stored).fetchall())
            except SourceError as error:
                failed = error.reason
            raise RolledBackError
        if failed is not None:
            return None if form.costs == SOURCE else f"costs the source: {failed[:200]}"
        if form.costs == SOURCE:
            return f"was believed; set aside: {sorted(aside)[:5]}"
        kept = {} if self.subject.is_current else self.before
        lost = {
            key
            for key in {**self.before, **self.now}
            if form.costs == ITEM and key.startswith(self.subject.item) and form.only in key
        }
        expected = {**kept, **{key: figure for key, figure in self.now.items() if key not in lost}}
        expected |= {key: figure for key, figure in self.before.items() if key in lost}
        differ = sorted(key for key in {**expected, **found} if expected.get(key) != found.get(key))
        if differ:
            return f"{len(differ)} figures differ, such as {[(key, expected.get(key), found.get(key)) for key in differ[:3]]}"
        if (len(aside) > self.aside) != (form.costs != NOTHING):
            return f"set aside: {sorted(aside)[:5]}"
        return None


# These load hundreds of rows for each form.
SLOW = {"arena", "boards of arena", "inferencex", "models of inferencex"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in SUBJECTS]
)
def test_a_damaged_response_costs_what_is_said(sandbox, name, monkeypatch, tmp_path):
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.0)
    monkeypatch.setattr(client, "JITTER_S", 0.0)
    point_at(sandbox, monkeypatch)
    subject = SUBJECTS[name]
    if subject.listed:
        short = getattr(lists, subject.listed)()[:ITEMS]
        monkeypatch.setattr(lists, subject.listed, lambda: short)
        subject = replace(subject, path=subject.path.format(*short), item=subject.item.format(*short))
    monkeypatch.setattr(lists, "discord_invites", lambda: INVITES)
    with closing(File(warehouse_at(tmp_path / "w.duckdb"))) as database:
        rehearsal = Rehearsal(subject, sandbox, database, tmp_path / "landing")
        assert rehearsal.stored == rehearsal.before
        assert any(key.startswith(subject.item) for key in rehearsal.now), list(rehearsal.now)[:5]
        wrong = {form.name: what for form in subject.forms() if (what := rehearsal.wrong(form)) is not None}
    sandbox.faults = None
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())


def test_every_source_with_a_service_has_fifty_forms_and_each_kind_of_cost():
    tried: dict[str, list[Form]] = {name: [] for name, source in COLLECTED.items() if source.addresses}
    for subject in SUBJECTS.values():
        tried[subject.source] += subject.forms()
    assert {name: len(found) for name, found in tried.items() if len(found) < 50} == {}
    assert {name for name, found in tried.items() if {form.costs for form in found} < {NOTHING, ITEM, SOURCE}} == set()
