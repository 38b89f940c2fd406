"""The walk with dlt's REST source into DuckDB: the declaration that its documentation shows for a paged service.

Parquet between its stages, nested values kept as JSON, and one worker are the fastest of the settings that were tried
(insert statements and JSON lines; nested values as child tables; two workers).
"""

import os
import tempfile
from pathlib import Path
from typing import Any

# dlt reads its settings from the environment when it is imported.
os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="ERROR")

import dlt
from dlt.sources.rest_api import rest_api_source

from assets.hub.walk import EXPAND, PAGE_SIZE
from tests.performance.measuring import Found, Meter
from tests.performance.walk import SUMS, found


def dlt_source(meter: Meter, *, url: str, models: int, wire_bytes: int, pages: int) -> Found:
    """Load every page of the listing, asking for the same fields as Tidegauge."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        endpoint = {
            "path": "api/models",
            "params": {"sort": "createdAt", "limit": PAGE_SIZE, "expand": list(EXPAND)},
        }
        declared: Any = {
            "client": {"base_url": url, "paginator": "header_link"},
            "resources": [{"name": "model", "endpoint": endpoint}],
        }
        source = rest_api_source(declared, max_table_nesting=0)
        file = folder / "dlt.duckdb"
        pipeline = dlt.pipeline(
            "benchmark",
            pipelines_dir=str(folder / "pipelines"),
            destination=dlt.destinations.duckdb(str(file)),
            dataset_name="hub",
        )
        pipeline.run(source, loader_file_format="parquet")
        meter.stop()
        return found(file, SUMS.replace("from model", "from hub.model"), wire_bytes=wire_bytes, pages=pages)
