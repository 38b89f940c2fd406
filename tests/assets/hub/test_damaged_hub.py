"""Damaged pages of the Hub's listing, and damaged snapshots by others: one odd record costs itself, and half is refused.

The truth is the records that were put into the pages and files.
"""

import dataclasses
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import damages
import polars as pl
import pytest
from replay import Replay, Reply, model
from warehouses import warehouse_at

from assets.http.client import Service
from assets.http.downloads import digest
from assets.http.errors import SourceError
from assets.hub import snapshot_assets
from assets.hub import walk as walks
from assets.hub.load_records import PageRejectedError, find_unreadable, read_records, unreadable_records
from assets.hub.snapshots import AvailableSnapshot
from assets.hub.walk import walk_models
from pipelines.sandbox.wire import Request, Response
from warehouse.database.connection import File
from warehouse.hub import models

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
PAGE_SIZE, PAGES, ODD = 400, 3, 450
RECORDS = [model(number) for number in range(PAGE_SIZE * PAGES - 50)]
Counters = tuple[int | None, int | None, int | None]
TRUE: Mapping[str, Counters] = {
    record["id"]: (record["downloads"], record["downloadsAllTime"], record["likes"]) for record in RECORDS
}
NAME = RECORDS[ODD]["id"]
NOTHING, ITEM, COUNTER, WALK = "nothing", "the record", "the counter", "the walk"


@dataclasses.dataclass(frozen=True)
class Form:
    """A damage to the second page: its name, what it costs, and the response instead; None: only at the first request."""

    name: str
    costs: str
    reply: Callable[[bytes], Reply]
    is_once: bool = False


def page(name: str, costs: str, change: Callable[[bytes], bytes], *, is_once: bool = False) -> Form:
    return Form(name, costs, lambda body: Reply(change(body)), is_once)


def of_record(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    """Return the change of the odd record of the second page."""

    def edit(body: bytes) -> bytes:
        records = json.loads(body)
        records[ODD - PAGE_SIZE] = change(records[ODD - PAGE_SIZE])
        return json.dumps(records).encode()

    return edit


def raw_value(field: str, written: bytes) -> Callable[[bytes], bytes]:
    """Return the change of a value of the odd record to what JSON does not know."""
    return lambda body: of_record(lambda record: {**record, field: "@raw@"})(body).replace(b'"@raw@"', written)


def page_forms() -> Iterator[Form]:
    """Yield forms of a whole page: for ever, which costs the walk, and once, which costs nothing."""
    whole: dict[str, Callable[[bytes], bytes]] = {
        "an empty body": lambda body: b"",
        "a list of nothing": lambda body: b"[]",
        "an object of nothing": lambda body: b"{}",
        "null": lambda body: b"null",
        "a web page": lambda body: damages.PAGE,
        "a rate limit with status 200": lambda body: damages.REFUSAL,
        "another object": lambda body: b'{"models": []}',
        "half of it": lambda body: body[: len(body) // 2],
        "all but its end": lambda body: body[:-1],
        "more after the end": lambda body: body + b"]",
        "packed twice": gzip.compress,
        "in UTF-16": lambda body: body.decode().encode("utf-16"),
        "zeros": lambda body: b"\0" * len(body),
        "nested too deeply": lambda body: b"[" * 100_000,
    }
    for name, change in whole.items():
        yield page(name, WALK, change)
        if not name.startswith("a list"):
            yield page(f"{name}, once", NOTHING, change, is_once=True)
    yield page("the first page again", WALK, lambda body: json.dumps(RECORDS[:PAGE_SIZE]).encode())
    yield page("the first page in another order", WALK, lambda body: json.dumps(RECORDS[:PAGE_SIZE][::-1]).encode())
    yield page("half of the first page", WALK, lambda body: json.dumps(RECORDS[:PAGE_SIZE:2]).encode())
    yield page("half of its records", WALK, lambda body: json.dumps(json.loads(body)[::2]).encode())
    for status in (400, 401, 403, 404, 410, 429, 500, 503):
        yield Form(f"status {status}", WALK, lambda body, status=status: Reply(b'{"error":"no"}', status))
    for status in (429, 500, 504):
        yield Form(f"status {status}, once", NOTHING, lambda body, status=status: Reply(b"{}", status), is_once=True)
    for name, headers in {
        "another content type": {"Content-Type": "text/html"},
        "a next page elsewhere": {"Link": '<https://elsewhere.example/api/models?cursor=2>; rel="next"'},
        "a next page that is this one": {"Link": '</api/models?cursor=1>; rel="next"'},
        "no next page": {"Link": ""},
        "to another host": {"Location": "https://elsewhere.example/"},
    }.items():
        status = 302 if "Location" in headers else 200
        yield Form(name, WALK, lambda body, headers=headers, status=status: Reply(body, status, headers))
    yield page("a mark before it", NOTHING, lambda body: b"\xef\xbb\xbf" + body)
    yield page("blanks around it", NOTHING, lambda body: b" \n" + body + b"\n")
    yield page("indented", NOTHING, lambda body: json.dumps(json.loads(body), indent=1).encode())


def record_forms() -> Iterator[Form]:
    """Yield forms of one record of the page."""
    for value in (None, 7, "x", [], {}, True):
        yield page(f"a record that is {value!r}", ITEM, of_record(lambda record, value=value: value))
    for field in ("_id", "id"):
        yield page(f"without {field}", ITEM, of_record(lambda record, field=field: {**record, field: None}))
        for value in (7, "", [], {"x": 1}):
            changed = of_record(lambda record, field=field, value=value: {**record, field: value})
            yield page(f"{field} is {value!r}", ITEM, changed)
    yield page("nested too deeply", ITEM, raw_value("cardData", b"[" * 5_000 + b"]" * 5_000))
    yield page("a field that is no JSON", ITEM, raw_value("cardData", b"NaN"))
    yield page("a field that is no UTF-8", ITEM, raw_value("cardData", b'"\xff\xfe"'))
    for value in ("12", "", -1, 3.7, 10**16, [], {}, True):
        changed = of_record(lambda record, value=value: {**record, "downloads": value})
        yield page(f"downloads: {value!r}", ITEM, changed)
    yield page("downloads: null", COUNTER, of_record(lambda record: {**record, "downloads": None}))
    yield page("no downloads", COUNTER, of_record(lambda record: {k: v for k, v in record.items() if k != "downloads"}))
    yield page(
        "fields more",
        NOTHING,
        of_record(lambda record: {**record, "brand_new": {"a": [1]}, "tags": [*record["tags"], "x"]}),
    )
    yield page("a record twice", NOTHING, lambda body: json.dumps([*json.loads(body), json.loads(body)[-1]]).encode())
    yield page(
        "a record of the page before",
        NOTHING,
        lambda body: json.dumps([RECORDS[PAGE_SIZE - 1], *json.loads(body)]).encode(),
    )


def walked(folder: Path, form: Form, database: File) -> dict[str, Counters]:
    """Walk over the pages with a damaged second one, and return what is loaded of it."""
    asked: list[str] = []

    def before(_: int, path: str) -> Reply | None:
        if "cursor=1" not in path:
            return None
        asked.append(path)
        if form.is_once and len(asked) > 1:
            return None
        true = replay.reply("/api/models", {"cursor": ["1"]}, replay.url.removeprefix("http://"))
        reply = form.reply(true.body)
        return dataclasses.replace(reply, headers={**true.headers, **reply.headers})

    pages = [RECORDS[start : start + PAGE_SIZE] for start in range(0, len(RECORDS), PAGE_SIZE)]
    with Replay(pages, before=before) as replay:
        hub = Service("hugging_face_hub", replay.url, {}, sleep=lambda _: None, attempts=3)
        walk = walk_models(hub, folder, NOW, last_rows=len(RECORDS))
    unreadable = unreadable_records(walk)
    for _ in range(2):
        with database.writing() as connection:
            try:
                read_records(connection, walk, unreadable)
            except PageRejectedError:
                unreadable = find_unreadable(walk)
                connection.execute("rollback")
                connection.execute("begin")
                continue
            models.reject_records(connection, NOW.date(), "hugging_face_hub").raise_if_too_many_rejected()
            columns = "id, downloads_30d, downloads_all_time, likes"
            return {row[0]: row[1:] for row in connection.execute(f"select {columns} from incoming_model").fetchall()}
    raise AssertionError("the pages cannot be read")


@pytest.mark.parametrize("forms", [page_forms, record_forms])
def test_a_damaged_page_costs_what_is_said(tmp_path, monkeypatch, forms):
    monkeypatch.setattr(walks, "PAGE_SIZE", PAGE_SIZE)
    wrong: dict[str, str] = {}
    with closing(File(warehouse_at(tmp_path / "w.duckdb"))) as database:
        for number, form in enumerate(forms()):
            folder = tmp_path / str(number)
            try:
                found = walked(folder, form, database)
            except SourceError as error:
                if form.costs != WALK:
                    wrong[form.name] = f"costs the walk: {error.reason[:200]}"
                continue
            expected = dict(TRUE)
            if form.costs == ITEM:
                del expected[NAME]
            if form.costs == COUNTER:
                expected[NAME] = (None, *expected[NAME][1:])
            if form.costs == WALK:
                wrong[form.name] = "was believed"
            elif found != expected:
                differ = [name for name in {**found, **expected} if found.get(name) != expected.get(name)]
                wrong[form.name] = f"{[(name, expected.get(name), found.get(name)) for name in differ[:3]]}"
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())


# Snapshots by others.

LABEL = date(2026, 9, 30)
ROWS = pl.DataFrame(
    {
        "id": [f"maker/model-{number}" for number in range(2_500)],
        "createdAt": [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(2_500)],
        "lastModified": [datetime(2026, 9, 29, tzinfo=UTC)] * 2_500,
        "downloads": [3 * number for number in range(2_500)],
        "downloadsAllTime": [10 * number for number in range(2_500)],
        "likes": [number % 7 for number in range(2_500)],
        "tags": [["region:us"]] * 2_500,
    }
)
ODD_ROW = pl.col("id") == "maker/model-1234"
REFUSED = "the snapshot"


def cell(**new: Any) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return the change of cells of the odd row; a column takes the type that the value needs."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pl.when(ODD_ROW).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in new.items()
        )

    return change


def snapshot_forms() -> Iterator[tuple[str, str, Callable[[bytes], bytes]]]:
    request = Request("GET", "/models.parquet", {}, "http://127.0.0.1")
    for form in damages.binary_forms(REFUSED):
        yield form.name, form.costs, lambda body, form=form: form.fault(request, lambda _: Response(200, body)).body
    changes: list[tuple[str, str, Callable[[pl.DataFrame], pl.DataFrame]]] = [
        *((f"{name} is {value!r}", ITEM, cell(**{name: value})) for name in ("downloads", "downloadsAllTime", "likes")
          for value in (-1, 3.7, float("inf"), float("nan"), 10**16)),
        ("no name", ITEM, cell(id=None)), ("an empty name", ITEM, cell(id=" ")), ("no creation", ITEM, cell(createdAt=None)),
        ("a creation that is a word", ITEM, lambda frame: cell(createdAt="soon")(
            frame.with_columns(pl.col("createdAt").dt.strftime("%Y-%m-%d %H:%M:%S"))
        )),
        ("downloads not stated", COUNTER, cell(downloads=None)),
        ("rows in another order", NOTHING, lambda frame: frame.reverse()),
        ("a row twice", NOTHING, lambda frame: pl.concat([frame, frame.filter(ODD_ROW)])),
        ("counters with fractions of 0", NOTHING, lambda frame: frame.with_columns(pl.col("downloads").cast(pl.Float64))),
        ("a column more", NOTHING, lambda frame: frame.with_columns(more=pl.lit(1))),
        ("no row", REFUSED, lambda frame: frame.clear()),
        ("half of the rows", "partial", lambda frame: frame.gather_every(2)),
        ("names missing in a tenth", REFUSED, lambda frame: frame.with_columns(
            pl.when(pl.int_range(pl.len()) % 10 == 0).then(None).otherwise(pl.col("id")).alias("id")
        )),
        ("every counter negative", REFUSED, lambda frame: frame.with_columns(downloads=-1 - pl.col("downloads"))),
        ("of a later time", REFUSED, lambda frame: frame.with_columns(pl.col("createdAt") + timedelta(days=400))),
        *((f"without {name}", REFUSED, lambda frame, name=name: frame.drop(name))
          for name in ("id", "createdAt", "downloads", "likes")),
        *((f"{name} as text", REFUSED, lambda frame, name=name: frame.with_columns(pl.col(name).cast(pl.String)))
          for name in ("downloads", "likes", "downloadsAllTime")),
        ("names as numbers", REFUSED, lambda frame: frame.with_columns(id=pl.int_range(pl.len()))),
        ("creation as a number", REFUSED, lambda frame: frame.with_columns(createdAt=pl.int_range(pl.len()))),
    ]  # fmt: skip
    for name, costs, change in changes:
        yield name, costs, damages.parquet(change)


def loaded(folder: Path, body: bytes, label: date, database: File, minute: int = 0) -> tuple[str, dict[str, Counters]]:
    """Load a file as the snapshot of a label; return its status, and the rows that are stored of it."""
    file = folder / f"{label}.parquet"
    file.write_bytes(body)
    warehouse: Any = SimpleNamespace(writing=database.writing)
    one = AvailableSnapshot(label, len(body), digest(file), None, file, False)
    service: Any = SimpleNamespace(base_url="https://huggingface.co")
    result = snapshot_assets.load_snapshot(warehouse, service, one, NOW + timedelta(minutes=minute), lambda _: None)
    with database.writing() as connection:
        rows = connection.execute(
            """
            select id, downloads_30d, downloads_all_time, likes
            from core.snapshot_reading join core.snapshot_model using (snapshot_key) where label = ?
            """,
            [label],
        ).fetchall()
    return result.status, {row[0]: row[1:] for row in rows}


def test_a_damaged_snapshot_costs_what_is_said(tmp_path):
    true: dict[str, Counters] = {
        row[0]: row[1:] for row in ROWS.select("id", "downloads", "downloadsAllTime", "likes").rows()
    }
    name = ROWS.filter(ODD_ROW)["id"][0]
    ROWS.write_parquet(tmp_path / "sound.parquet")
    body = (tmp_path / "sound.parquet").read_bytes()
    wrong: dict[str, str] = {}
    with closing(File(warehouse_at(tmp_path / "w.duckdb"))) as database:
        week = timedelta(days=7)
        older = damages.parquet(
            lambda frame: frame.with_columns(pl.col("createdAt") - week, pl.col("lastModified") - week)
        )(body)
        assert loaded(tmp_path, older, LABEL - week, database)[0] == "loaded"
        for minute, (form, costs, change) in enumerate(snapshot_forms(), 1):
            status, found = loaded(tmp_path, change(body), LABEL, database, minute)
            expected = dict(true)
            if costs in (REFUSED, "partial"):
                # A hole can be in a column that is not read.
                is_right = status == ("refused" if costs == REFUSED else "partial") or (
                    form == "a hole" and found == true
                )
                wrong |= {} if is_right else {form: f"is {status} with {len(found)} rows"}
                continue
            if costs == ITEM:
                del expected[name]
            if costs == COUNTER:
                expected[name] = (None, *expected[name][1:])
            if status != "loaded" or found != expected:
                differ = [one for one in {**found, **expected} if found.get(one) != expected.get(one)]
                wrong[form] = f"{status}: {[(one, expected.get(one), found.get(one)) for one in differ[:3]]}"
    assert not wrong, "\n".join(f"{form}: {what}" for form, what in wrong.items())
