"""The published folder in the tools of others, and its index for machines."""

import hashlib
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import frictionless
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import schema
from warehouse.connection import writing
from warehouse.datapackage import FIELD_TYPES, build_index
from warehouse.derivation import CheckError

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def index(demo_release):
    """Give the index of the release."""
    return json.loads((demo_release / "datapackage.json").read_text(encoding="utf-8"))


def rows(release: Path, table: str) -> int:
    with duckdb.connect(str(release / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute(f"select count(*) from {table}").fetchall()[0][0]


def test_the_index_is_a_data_package(demo_release):
    assert frictionless.Package(str(demo_release / "datapackage.json")).name == "tidegauge"
    descriptor = json.loads((demo_release / "datapackage.json").read_text(encoding="utf-8"))
    assert [error.message for error in frictionless.Package.metadata_validate(descriptor)] == []
    broken = {**descriptor, "resources": [{**descriptor["resources"][0], "path": ["not", 1]}], "licenses": "none"}
    assert list(frictionless.Package.metadata_validate(broken)), "and the judge judges"


def test_the_index_names_every_file_as_it_is(demo_release, index):
    files = {f"parquet/{path.name}" for path in (demo_release / "parquet").iterdir()} | {"tidegauge.duckdb"}
    assert {resource["path"] for resource in index["resources"]} == files
    for resource in index["resources"]:
        body = (demo_release / resource["path"]).read_bytes()
        assert resource["bytes"] == len(body)
        assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def test_the_index_describes_the_columns_as_they_are(demo_release, index):
    kinds = {
        "integer": pa.types.is_integer, "number": is_number, "string": pa.types.is_string,
        "boolean": pa.types.is_boolean, "date": pa.types.is_date, "datetime": pa.types.is_timestamp,
        "object": pa.types.is_map,
    }  # fmt: skip
    assert set(kinds) == set(FIELD_TYPES.values())
    for resource in index["resources"][1:]:
        found = pq.read_schema(demo_release / resource["path"])
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == found.names, resource["name"]
        for field in fields:
            assert kinds[field["type"]](found.field(field["name"]).type), (resource["name"], field["name"])
            assert field["description"]
        assert set(resource["schema"]["primaryKey"]) <= set(found.names)


def test_every_figure_has_its_licence_and_citation(demo_release, index):
    assert index["citation"]
    by_name = {source["name"]: source for source in index["sources"]}
    assert {"sandbox_hub", "dataku_2023"} <= set(by_name)
    assert all(source["citation"] and source["licenses"][0]["title"] for source in index["sources"])
    (observation,) = [one for one in index["resources"] if one["name"] == "core.observation"]
    with duckdb.connect(str(demo_release / "tidegauge.duckdb"), read_only=True) as connection:
        said = {name for (name,) in connection.execute("select distinct source from core.observation").fetchall()}
    assert {source["name"] for source in observation["sources"]} == said
    (totals,) = [one for one in index["resources"] if one["name"] == "charts.funding_total"]
    assert {source["name"] for source in totals["sources"]} > {"dataku_2023"}
    titles = {licence["title"] for licence in index["licenses"]}
    assert {licence["title"] for source in index["sources"] for licence in source["licenses"]} == titles


def test_a_figure_of_an_unknown_source_is_not_published(tmp_path):
    database = tmp_path / "tidegauge.duckdb"
    with writing(database) as connection:
        schema.prepare(connection, NOW)
        connection.execute("insert into meta.release values (1, '2026-11-16', 1, 1, map {})")
        connection.execute(
            "insert into core.observation by name select 'm' as metric, 'e' as entity, date '2026-11-16' as period_start, "
            "'day' as date_precision, 1 as value, 'exact' as qualifier, 'u' as unit, 'measured' as basis, "
            "'somebody' as source, map {} as attributes, now() as recorded_at"
        )
    (tmp_path / "parquet").mkdir()
    (tmp_path / "parquet" / "core.observation.parquet").touch()
    with pytest.raises(CheckError, match=r"figures of somebody.*source\.csv"):
        build_index(database, tmp_path)
    assert not (tmp_path / "datapackage.json").exists()


@pytest.mark.parametrize("table", ["charts.hub_downloads", "core.observation", "core.model_week", "growth.rate"])
def test_polars_and_pandas_read_the_parquet_files(demo_release, table):
    file = demo_release / "parquet" / f"{table}.parquet"
    expected = rows(demo_release, table)
    assert expected > 0
    assert pl.read_parquet(file).height == expected
    assert len(pd.read_parquet(file)) == expected


def test_the_python_of_the_page_runs(demo_release):
    page = (ROOT / "docs" / "others_tools.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(block.replace("warehouse/published", str(demo_release)), {})


def test_the_command_line_of_duckdb_opens_the_file(demo_release):
    command = [str(Path(sys.executable).parent / "duckdb"), "-readonly", "-csv", str(demo_release / "tidegauge.duckdb")]
    query = "select place, id from growth.top_models('1 week', 2); select count(*) from core.family('llama');"
    done = subprocess.run([*command, "-c", query], capture_output=True, text=True, check=True)
    lines = done.stdout.split()
    assert lines[0] == "place,id"
    assert lines[1].startswith("1,")
    with duckdb.connect(str(demo_release / "tidegauge.duckdb"), read_only=True) as connection:
        assert int(lines[-1]) == connection.execute("select count(*) from core.family('llama')").fetchall()[0][0]


def test_a_query_over_the_parquet_files_alone_says_the_same(demo_release):
    found = duckdb.sql(f"select count(*) from '{demo_release}/parquet/charts.claim_audit.parquet'").fetchall()
    assert found == [(rows(demo_release, "charts.claim_audit"),)]
