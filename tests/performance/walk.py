"""Walk, parse and load the Hub's list of models: Tidegauge beside `HfApi.list_models` and dlt's REST source, into DuckDB.

A sandbox without quota serves pages that it has rendered before, so that the client is what is measured. It runs beside
the contenders on the same cores. figures: `wire_bytes` of all pages, packed; `landed_bytes`, the pages as they are kept;
`database_bytes` of the file that came of it; `pages`; for Tidegauge the seconds of `walking` and of `reading`.
"""

import itertools
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import duckdb
import pyarrow as pa
import requests
from huggingface_hub import HfApi, ModelInfo
from isal import isal_zlib

from assets.http import client
from assets.http.hub_service import hub_service
from assets.hub import walk as hugging_face
from assets.hub.load_records import read_records, unreadable_records
from assets.hub.walk import EXPAND, PAGE_SIZE, walk_models
from assets.landing.walk_folder import WalkFolder
from pipelines.sandbox.hub.routes import HubOptions
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.server import Sandbox
from tests.performance.comparing import Contender, Terms, compare
from tests.performance.measuring import Found, Meter, watched_writing
from tests.performance.result_files import OURS, WALK, Results
from warehouse.database import schema
from warehouse.database.connection import writing
from warehouse.hub import models as history

QUOTA = 10_000_000
# The client library ends at the first odd record, so all are given a world without any.
ODDITIES = False
BATCH = 10_000

CONTENDERS = (
    Contender(OURS, "tests.performance.walk:ours"),
    Contender("HfApi.list_models + DuckDB", "tests.performance.walk:library"),
    Contender("dlt REST source + DuckDB", "tests.performance.walk_dlt:dlt_source", needs="dlt"),
)


def measure(results: Results, terms: Terms, models: int) -> None:
    """Measure every contender over a world of so many models."""
    with served(models) as url:
        wire_bytes, pages = warm(url)
        compare(results, terms, WALK, models, CONTENDERS, url=url, wire_bytes=wire_bytes, pages=pages)


def ours(meter: Meter, *, url: str, models: int, wire_bytes: int, pages: int) -> Found:
    """Walk, land, parse and load as the weekly refresh does, into a warehouse that is there and empty."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with meter.single_attempt(), writing(folder / "ours.duckdb") as connection:
            schema.prepare(connection, datetime.now(UTC))
        begun = time.perf_counter()
        with (
            meter.around(client.Service, "get", "HTTP: ask and wait"),
            meter.around(client, "_body", "HTTP: receive"),
            _unzipping(meter),
            meter.around(WalkFolder, "store", "landing: hash and write"),
            meter.around(hugging_face, "read_contents", "landing: split and check records"),
        ):
            walk = walk_models(hub_service(url, None), folder, datetime.now(UTC))
        walked = time.perf_counter()
        with meter.part("load"), watched_writing(meter, folder / "ours.duckdb") as connection:
            with meter.part("parse"):
                read_records(connection, walk, unreadable_records(walk))
            history.reject_records(connection, walk.week, walk.source).raise_if_too_many_rejected()
            history.add_week(connection, walk.week)
        loaded = time.perf_counter()
        meter.stop()
        landed = sum(file.stat().st_size for file in walk.folder.iterdir())
        return found(folder / "ours.duckdb", _OUR_SUMS, wire_bytes=wire_bytes, pages=pages).also(
            landed_bytes=landed, walking=walked - begun, reading=loaded - walked
        )


@contextmanager
def _unzipping(meter: Meter) -> Iterator[None]:
    """Count what the transport unzips as a stage."""

    class Unzip:
        def __init__(self, wbits: int) -> None:
            self._unzip = isal_zlib.decompressobj(wbits=wbits)

        def decompress(self, data: bytes, most: int) -> bytes:
            with meter.stage("HTTP: unzip", time.thread_time):
                return bytes(self._unzip.decompress(data, most))

        def __getattr__(self, name: str) -> object:
            return getattr(self._unzip, name)

    with patch.object(client, "isal_zlib", SimpleNamespace(decompressobj=Unzip)):
        yield


def library(meter: Meter, *, url: str, models: int, wire_bytes: int, pages: int) -> Found:
    """Do what a user would at best: iterate over `list_models`, keep each field asked for, insert batches through Arrow."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "library.duckdb"
        with duckdb.connect(str(file)) as connection:
            for batch in batched(listed(url), BATCH):
                connection.register(
                    "batch", pa.table({n: list(map(f, batch)) for n, f in FIELDS.items()}, schema=ARROW)
                )
                connection.execute("create table if not exists model as select * from batch limit 0")
                connection.execute("insert into model select * from batch")
                connection.unregister("batch")
        meter.stop()
        return found(file, SUMS, wire_bytes=wire_bytes, pages=pages)


SUMS = "select count(*), count(distinct id), sum(downloads), sum(likes) from model"
_OUR_SUMS = """
    select count(*), count(distinct id), sum(downloads_30d), sum(likes)
    from base.model_week join core.model using (model_key)
"""


def found(file: Path, sums: str, **figures: float) -> Found:
    """Look into what a contender made: rows, names, and the sums of two counters, on which all must agree."""
    with duckdb.connect(str(file), read_only=True) as connection:
        answer = [int(value) for value in connection.execute(sums).fetchall()[0]]
    return Found(answer[0], answer, {**figures, "database_bytes": file.stat().st_size})


def listed(url: str) -> Iterator[ModelInfo]:
    """Iterate over every model with the client library, asking for the same fields as Tidegauge."""
    return iter(HfApi(endpoint=url, token=False).list_models(sort="created_at", expand=list(EXPAND)))  # type: ignore[arg-type] # wants literals


def batched(models_listed: Iterator[ModelInfo], size: int) -> Iterator[list[ModelInfo]]:
    """Cut an iterator into lists of at most `size`."""
    while batch := list(itertools.islice(models_listed, size)):
        yield batch


# What is asked for, as the client library gives it, in the shape that a table can hold.
FIELDS: dict[str, Callable[[ModelInfo], object]] = {
    "id": lambda m: m.id,
    "author": lambda m: m.author,
    "base_models": lambda m: json.dumps(m.base_models) if m.base_models else None,
    "created_at": lambda m: m.created_at,
    "disabled": lambda m: m.disabled,
    "downloads": lambda m: m.downloads,
    "downloads_all_time": lambda m: m.downloads_all_time,
    "gated": lambda m: str(m.gated),
    "gguf": lambda m: json.dumps(m.gguf) if m.gguf else None,
    "last_modified": lambda m: m.last_modified,
    "library_name": lambda m: m.library_name,
    "likes": lambda m: m.likes,
    "pipeline_tag": lambda m: m.pipeline_tag,
    "private": lambda m: m.private,
    "parameters": lambda m: json.dumps(m.safetensors.parameters) if m.safetensors else None,
    "parameters_total": lambda m: m.safetensors.total if m.safetensors else None,
    "sha": lambda m: m.sha,
    "tags": lambda m: m.tags,
    "trending_score": lambda m: m.trending_score,
}
TYPES = {
    "created_at": pa.timestamp("us", "UTC"), "disabled": pa.bool_(), "downloads": pa.int64(), "downloads_all_time": pa.int64(),
    "last_modified": pa.timestamp("us", "UTC"), "likes": pa.int64(), "private": pa.bool_(), "parameters_total": pa.int64(),
    "tags": pa.list_(pa.string()), "trending_score": pa.float64(),
}  # fmt: skip
ARROW = pa.schema([(name, TYPES.get(name, pa.string())) for name in FIELDS])


@contextmanager
def served(models: int) -> Iterator[str]:
    """Serve a world of so many models, and yield its address."""
    address: multiprocessing.Queue[str] = multiprocessing.Queue()
    server = multiprocessing.Process(target=_serve, args=(models, address), daemon=True)
    server.start()
    try:
        yield address.get()
    finally:
        server.terminate()
        server.join()


def _serve(count: int, address: "multiprocessing.Queue[str]") -> None:
    """Serve a world of `count` models from rendered pages until the process is ended."""
    world = World(models=count, oddities=ODDITIES)
    with Sandbox(world=world, quota=QUOTA, hub=HubOptions(cache=True)) as sandbox:
        address.put(sandbox.url)
        time.sleep(86_400)


def warm(url: str) -> tuple[int, int]:
    """Have every page rendered, for all contenders' requests; give the bytes of all pages, packed, and their number."""
    size = pages = 0
    for parameters in ({}, {"limit": str(PAGE_SIZE)}):
        size = pages = 0
        page: str | None = f"{url}/api/models"
        query: dict[str, str | list[str]] | None = {"sort": "createdAt", **parameters, "expand": list(EXPAND)}
        while page:
            answer = requests.get(page, params=query, timeout=60, headers={"Accept-Encoding": "gzip"})
            size, pages = size + int(answer.headers["Content-Length"]), pages + 1
            page, query = answer.links.get("next", {}).get("url"), None
    return size, pages
