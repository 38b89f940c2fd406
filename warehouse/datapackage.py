"""The index of a release for machines: `datapackage.json`, a Frictionless Data Package (https://datapackage.org, version 2).

It names every file of data with its size and checksum, every column with its type and meaning, and for each table who
says so, under which licence, and how to cite it.
"""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from warehouse.derivation import CheckError
from warehouse.schema import TABLES
from warehouse.table import Column, Table

INDEX = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# What a column is to those who read the Parquet file.
FIELD_TYPES = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "SMALLINT": "integer",
    "DECIMAL(38, 0)": "number",
    "DOUBLE": "number",
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMPTZ": "datetime",
    "MAP(VARCHAR, VARCHAR)": "object",
}
# How a licence in meta.source begins, its name in the list of the Open Definition, and its text.
_LICENCES = (
    ("CC BY 4.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    ("CC BY-SA 4.0", "CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    ("ODbL", "ODbL-1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    ("Open Database License", "ODbL-1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    ("Apache-2.0", "Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
    ("Public domain", "other-pd", None),
    ("No licence", "notspecified", None),
    ("None is stated", "notspecified", None),
    ("Not stated", "notspecified", None),
)
_OTHER = ("other-closed", None)


def build_index(database: Path, folder: Path) -> None:
    """Write `datapackage.json` into `folder`, which holds the release's database and its Parquet files already.

    Raises:
        CheckError: a figure is of a source that meta.source does not know.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        index = _package(connection, database, folder)
    (folder / INDEX).write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _package(connection: duckdb.DuckDBPyConnection, database: Path, folder: Path) -> dict[str, Any]:
    version, published_at, origin = connection.execute(
        "select version, published_at, origin from meta.release cross join meta.warehouse order by version desc limit 1"
    ).fetchall()[0]
    known = _sources(connection)
    tables = [(table, folder / "parquet" / f"{table.name}.parquet") for table in TABLES]
    tables = [(table, file) for table, file in tables if file.exists()]
    files = [database, *(file for _, file in tables)]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as beside:  # each sum takes one processor
        sums = dict(zip(files, beside.map(_sha256, files), strict=True))
    resources = [_resource(connection, table, file, folder, known, sums[file]) for table, file in tables]
    named = {source["name"] for resource in resources for source in resource.get("sources", [])}
    sources = [source for name, source in known.items() if name in named]
    made_up = (
        " Made up: these are rows of the sandbox, and say nothing about any service." if origin == "sandbox" else ""
    )
    return {
        "$schema": PROFILE,
        "name": "tidegauge",
        "title": "Tidegauge: the open source AI wave, measured every week",
        "description": (
            "Downloads, models, lineage, benchmarks, communities, costs and funding of open models, each figure with its "
            f"source, time and licence. Begin with the view meta.guide of {database.name}.{made_up}"
        ),
        "version": str(version),
        "created": f"{published_at:%Y-%m-%dT%H:%M:%SZ}",
        "licenses": _once([licence for source in sources for licence in source["licenses"]]),
        "sources": sources,
        "contributors": [{"title": "Tidegauge", "roles": ["creator"]}],
        "citation": (
            f"Tidegauge, release {version} of {published_at:%Y-%m-%d}. Beside it cite the source of the figure: sources[].citation."
        ),
        "resources": [
            {
                "name": "tidegauge",
                "title": "All tables, with views, macros and comments, for DuckDB 1.4 or later",
                **_file(database, folder, "duckdb", "application/octet-stream", sums[database]),
            },
            *resources,
        ],
    }


def _resource(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    file: Path,
    folder: Path,
    known: dict[str, dict[str, Any]],
    sha256: str,
) -> dict[str, Any]:
    named = _named(connection, table, known)
    # The columns as the file has them: a view's are in the order of its SELECT.
    order = [name for name, *_ in connection.execute(f"from {table.name} limit 0").description or ()]
    newest = " The newest week only." if table.newest_week_only else ""
    return {
        "name": table.name,
        "type": "table",
        "description": f"{table.description} One row for {table.grain}.{newest}",
        **_file(file, folder, "parquet", "application/vnd.apache.parquet", sha256),
        **({"sources": named} if named else {}),
        **({"licenses": _once([licence for source in named for licence in source["licenses"]])} if named else {}),
        "schema": {
            "fields": [_field(name, table.columns[name]) for name in order],
            "primaryKey": list(table.key),
        },
    }


def _named(
    connection: duckdb.DuckDBPyConnection, table: Table, known: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give the sources of a table's figures; meta.* holds what was tried as well, and no figures."""
    # Some tables add up figures of several sources, and name them in one text.
    told = {"source": "source", "sources": "unnest(string_split(sources, ', '))"}
    column = next((name for name in told if name in table.columns), None)
    if column is None or table.schema == "meta":
        return []
    rows = connection.execute(
        f"select distinct name from (select {told[column]} as name from {table.name}) order by name"
    )
    names = [name for (name,) in rows.fetchall()]
    for name in names:
        if name not in known:
            raise CheckError(
                f"{table.name} has figures of {name}, and meta.source does not know who that is: nothing is published without "
                "its licence. Nothing was changed. To do: describe it in warehouse/curated/source.csv."
            )
    return [known[name] for name in names]


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _file(file: Path, folder: Path, format: str, mediatype: str, sha256: str) -> dict[str, Any]:
    return {
        "path": file.relative_to(folder).as_posix(),
        "format": format,
        "mediatype": mediatype,
        "bytes": file.stat().st_size,
        "hash": f"sha256:{sha256}",
    }


def _field(name: str, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "type": FIELD_TYPES[column.type], "description": column.description}
    return {**field, "constraints": {"required": True}} if column.required else field


def _sources(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    rows = connection.execute(
        "select source, title, url, licence, citation, caveat from meta.source order by source"
    ).fetchall()
    return {
        source: {
            "name": source,
            "title": title,
            **({"path": url} if url.startswith("http") else {}),
            "licenses": [_licence(licence)],
            "citation": citation,
            **({"description": caveat} if caveat else {}),
        }
        for source, title, url, licence, citation, caveat in rows
    }


def _licence(text: str) -> dict[str, str]:
    """Give a licence as meta.source words it, with its name in the Open Definition's list."""
    name, path = next(((name, path) for begins, name, path in _LICENCES if text.startswith(begins)), _OTHER)
    return {"name": name, "title": text, **({"path": path} if path else {})}


def _once(licences: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({licence["title"]: licence for licence in licences}.values())
