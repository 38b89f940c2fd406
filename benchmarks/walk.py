"""Walk, parse and load the Hub's list of models: Tidegauge beside `HfApi.list_models` into DuckDB, in one run.

    python -m benchmarks.walk                                # 200,000 models; `make bench`
    python -m benchmarks.walk --models 3200000 --only ours   # peak memory at the size of the Hub

A sandbox without quota serves pages that it has rendered before, so that the client is what is measured. Each
contender runs in a process of its own; its CPU seconds and its peak memory are what the kernel counted.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import requests
from huggingface_hub import HfApi, ModelInfo

from assets.hub_records import landed_unreadable, read_records
from pipelines.sandbox.hub import HubOptions
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.world import World
from pipelines.sources.hugging_face import EXPAND, PAGE_SIZE, hub_service, walk_models
from warehouse import models, schema
from warehouse.connection import writing

QUOTA = 10_000_000
# The client library ends at the first odd record, so both are given a world without any.
ODDITIES = False
BATCH = 10_000


def ours(url: str, folder: Path) -> int:
    """Walk, land, parse and load as the weekly refresh does."""
    walk = walk_models(hub_service(url, None), folder, datetime.now(UTC))
    with writing(folder / "ours.duckdb") as connection:
        schema.prepare(connection, walk.edge)
        read_records(connection, walk, landed_unreadable(walk))
        models.set_aside(connection, walk.week, walk.source).judge()
        return models.add_week(connection, walk.week).models


def library(url: str, folder: Path) -> int:
    """Do what a user would at best: iterate over `list_models`, keep each field asked for, insert batches through Arrow."""
    rows = 0
    with duckdb.connect(str(folder / "library.duckdb")) as connection:
        for batch in batched(listed(url), BATCH):
            connection.register("batch", pa.table({n: list(map(f, batch)) for n, f in FIELDS.items()}, schema=ARROW))
            connection.execute("create table if not exists model as select * from batch limit 0")
            connection.execute("insert into model select * from batch")
            connection.unregister("batch")
            rows += len(batch)
    return rows


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

CONTENDERS = {"ours": ours, "library": library}


def serve(count: int, address: "multiprocessing.Queue[str]") -> None:
    """Serve a world of `count` models from rendered pages until the process is ended."""
    world = World(models=count, oddities=ODDITIES)
    with Sandbox(world=world, quota=QUOTA, hub=HubOptions(cache=True)) as sandbox:
        address.put(sandbox.url)
        time.sleep(86_400)


def warm(url: str) -> None:
    """Have every page rendered, for both contenders' requests."""
    for parameters in ({"limit": str(PAGE_SIZE)}, {}):
        page: str | None = f"{url}/api/models"
        query: dict[str, str | list[str]] | None = {"sort": "createdAt", **parameters, "expand": list(EXPAND)}
        while page:
            answer = requests.get(page, params=query, timeout=60, headers={"Accept-Encoding": "gzip"})
            page, query = answer.links.get("next", {}).get("url"), None


def measure(name: str, url: str) -> dict[str, float]:
    """Run a contender in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        output = subprocess.run(
            [sys.executable, "-m", "benchmarks.walk", "--contender", name, "--url", url, "--folder", folder],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return dict(json.loads(output.stdout.splitlines()[-1]))


def contend(name: str, url: str, folder: Path) -> None:
    """Be a contender, and print what it took."""
    begun = time.perf_counter()
    rows = CONTENDERS[name](url, folder)
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": seconds,
                "cpu_seconds": used.ru_utime + used.ru_stime,
                "peak_gb": used.ru_maxrss * 1024 / 1e9,
            }
        )
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=200_000)
    parser.add_argument("--only", choices=list(CONTENDERS))
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the median is shown")
    parser.add_argument("--contender", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contender:
        contend(arguments.contender, arguments.url, arguments.folder)
        return
    address: multiprocessing.Queue[str] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(arguments.models, address), daemon=True)
    server.start()
    url = address.get()
    warm(url)
    print(f"{arguments.models:,} models, {os.cpu_count()} cores, median of {arguments.repeat}")
    print(f"{'':<10}{'rows':>11}{'seconds':>9}{'rows/s':>10}{'CPU s':>8}{'peak GB':>9}")
    rates: dict[str, float] = {}
    for name in [arguments.only] if arguments.only else CONTENDERS:
        runs = sorted((measure(name, url) for _ in range(arguments.repeat)), key=lambda run: run["seconds"])
        run = runs[len(runs) // 2]
        rates[name] = run["rows"] / run["seconds"]
        print(
            f"{name:<10}{run['rows']:>11,.0f}{run['seconds']:>9.2f}{rates[name]:>10,.0f}{run['cpu_seconds']:>8.2f}{run['peak_gb']:>9.2f}"
        )
    for name in list(rates)[1:]:
        print(f"ours is {rates['ours'] / rates[name]:.1f} times {name}")
    server.terminate()


if __name__ == "__main__":
    main()
