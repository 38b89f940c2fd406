"""The published folder: its index for machines, and other tools that open it."""

import hashlib
import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warehouses import warehouse_at

from warehouse.database.connection import File, writing
from warehouse.database.derive import CheckError
from warehouse.release.data_package import FIELD_TYPES
from warehouse.release.publish import publish

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def index(demo_release):
    """Return the index of the release."""
    return json.loads((demo_release / "datapackage.json").read_text(encoding="utf-8"))


def rows(release: Path, table: str) -> int:
    with duckdb.connect(str(release / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute(f"select count(*) from {table}").fetchall()[0][0]


def test_the_index_is_a_data_package(demo_release):
    import frictionless

    assert frictionless.Package(str(demo_release / "datapackage.json")).name == "tidegauge"
    descriptor = json.loads((demo_release / "datapackage.json").read_text(encoding="utf-8"))
    # frictionless transforms a resource in this way when it reads one: it renames all paths but the first.
    for resource in descriptor["resources"]:
        frictionless.Resource.metadata_transform(resource)
    assert [error.message for error in frictionless.Package.metadata_validate(descriptor)] == []
    broken = {**descriptor, "resources": [{**descriptor["resources"][0], "path": ["not", 1]}], "licenses": "none"}
    assert list(frictionless.Package.metadata_validate(broken)), "the validator rejects a broken index"


def paths(resource: dict) -> list[str]:
    return [resource["path"]] if isinstance(resource["path"], str) else resource["path"]


def test_the_index_lists_every_file_with_size_and_hash(demo_release, index):
    files = {f"{path.relative_to(demo_release)}" for path in (demo_release / "parquet").rglob("*") if path.is_file()}
    files |= {"tidegauge.duckdb"}
    assert sorted(path for resource in index["resources"] for path in paths(resource)) == sorted(files)
    named = {file["path"]: file for file in index["files"]}
    everything = {path.relative_to(demo_release).as_posix() for path in demo_release.rglob("*") if path.is_file()}
    assert set(named) == everything - {"datapackage.json"}
    assert {"index.html", "feed.xml", "CITATION.cff", "CHANGES.md"} < everything - files
    for path in named:
        body = (demo_release / path).read_bytes()
        assert named[path]["bytes"] == len(body)
        assert named[path]["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    for resource in index["resources"]:
        assert resource["bytes"] == sum(named[path]["bytes"] for path in paths(resource))
        assert resource.get("hash") == (None if len(paths(resource)) > 1 else named[paths(resource)[0]]["hash"])


def test_every_foreign_key_of_the_index_holds_in_the_files(demo_release, index):
    files = {
        resource["name"]: str([str(demo_release / path) for path in paths(resource)])
        for resource in index["resources"][1:]
    }
    keys = [
        (
            resource["name"],
            *key["fields"],
            key["reference"]["resource"] or resource["name"],
            *key["reference"]["fields"],
        )
        for resource in index["resources"][1:]
        for key in resource["schema"].get("foreignKeys", [])
    ]
    assert ("core.observation", "source", "meta.source", "source") in keys
    assert ("core.model_week", "hub_id", "core.model", "hub_id") in keys
    assert len(keys) > 50
    for table, column, target, field in keys:
        unknown = duckdb.sql(
            f"select distinct {column} from read_parquet({files[table]}) where {column} is not null "
            f"and {column} not in (select {field} from read_parquet({files[target]}))"
        ).fetchall()
        assert unknown == [], f"{table}.{column} has values that are not in {target}.{field}"


def test_an_empty_text_is_no_missing_value(index):
    """By the standard it is one, unless the index says otherwise."""
    assert {str(resource["schema"]["missingValues"]) for resource in index["resources"][1:]} == {"[]"}


def test_a_table_of_weeks_is_a_folder_with_a_file_for_each_week(demo_release, index):
    (weeks,) = [resource for resource in index["resources"] if resource["name"] == "core.model_week"]
    named = [f"parquet/core.model_week.parquet/2026-{day}.parquet" for day in ("08-31", "09-07", "09-14")]
    assert weeks["path"] == named
    for path in named:
        assert pl.read_parquet(demo_release / path)["week"].unique().to_list() == [date.fromisoformat(Path(path).stem)]


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def test_the_index_describes_the_columns_of_the_files(demo_release, index):
    kinds = {
        "integer": pa.types.is_integer, "number": is_number, "string": pa.types.is_string,
        "boolean": pa.types.is_boolean, "date": pa.types.is_date, "datetime": pa.types.is_timestamp,
        "object": pa.types.is_map, "array": pa.types.is_list,
    }  # fmt: skip
    assert set(kinds) == set(FIELD_TYPES.values())
    for resource in index["resources"][1:]:
        fields = resource["schema"]["fields"]
        schemas = [pq.read_schema(demo_release / path).remove_metadata() for path in paths(resource)]
        found = schemas[0]
        assert all(other == found for other in schemas), resource["name"]
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
        sources = {name for (name,) in connection.execute("select distinct source from core.observation").fetchall()}
    assert {source["name"] for source in observation["sources"]} == sources
    (totals,) = [one for one in index["resources"] if one["name"] == "charts.funding_total"]
    assert {source["name"] for source in totals["sources"]} > {"dataku_2023"}
    titles = {licence["title"] for licence in index["licenses"]}
    assert {licence["title"] for source in index["sources"] for licence in source["licenses"]} == titles


def test_a_figure_of_an_unknown_source_is_not_published(tmp_path):
    database = tmp_path / "tidegauge.duckdb"
    with writing(warehouse_at(database)) as connection:
        connection.execute(
            "insert into core.observation by name select 'm' as metric, 'e' as entity, date '2026-11-16' as period_start, "
            "'day' as date_precision, 1 as value, 'exact' as qualifier, 'u' as unit, 'measured' as basis, "
            "'somebody' as source, map {} as attributes, now() as recorded_at"
        )
    with pytest.raises(CheckError, match=r"figures of somebody.*source\.csv"):
        publish(File(database), tmp_path / "published", NOW)
    assert not (tmp_path / "published" / "datapackage.json").exists()
    assert not (tmp_path / "published" / "tidegauge.duckdb").exists()


@pytest.mark.parametrize(
    "table", ["charts.hub_downloads", "core.observation", "core.model_week", "core.author_week", "growth.rate"]
)
def test_polars_and_pandas_read_the_parquet_files(demo_release, table):
    """pandas and polars read a folder of weeks by its name, and polars and DuckDB by a pattern."""
    import pandas as pd

    place = demo_release / "parquet" / f"{table}.parquet"
    expected = rows(demo_release, table)
    assert expected > 0
    assert pl.read_parquet(place).height == expected
    assert len(pd.read_parquet(place)) == expected
    files = f"{place}/*.parquet" if place.is_dir() else f"{place}"
    assert pl.scan_parquet(files).collect().height == expected
    assert duckdb.sql(f"select count(*) from '{files}'").fetchall() == [(expected,)]


def test_the_python_of_the_page_runs(demo_release):
    page = (ROOT / "docs" / "published_folder.md").read_text(encoding="utf-8")
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


def test_a_query_over_the_parquet_files_returns_the_same(demo_release):
    found = duckdb.sql(f"select count(*) from '{demo_release}/parquet/charts.claim_audit.parquet'").fetchall()
    assert found == [(rows(demo_release, "charts.claim_audit"),)]
