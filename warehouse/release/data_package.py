"""Write the machine-readable index of a release: `datapackage.json`, a Data Package (https://datapackage.org, version 2).

It lists every data file with its size and SHA-256, every column with its type and meaning, and the sources of each table
with their licences and citations.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from warehouse.database.derive import CheckError
from warehouse.tables.table import Column, Table, sql_literal

INDEX = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# The Data Package type of each SQL type.
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
    "VARCHAR[]": "array",
}
# The beginning of a licence in meta.source, its identifier in the list of the Open Definition, and the address of its text.
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


class IndexedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file in the index: path in the published folder, size in bytes, and `sha256:` with the digits.

    Two Parquet files with the same `fingerprint` have the same rows; None if that is not known.
    """

    path: str
    bytes: int
    hash: str
    fingerprint: str | None = None


class Index(msgspec.Struct, frozen=True):
    """The index of a release as others read it: its number, its time of publication, and its files.

    `version` and `created` are empty in an index of an earlier format.
    """

    files: list[IndexedFile]
    version: str = ""
    created: str = ""

    @property
    def by_path(self) -> dict[str, IndexedFile]:
        """The files by path."""
        return {file.path: file for file in self.files}


def read_index(content: bytes) -> Index:
    """Return the index in the content of `datapackage.json`.

    Raises:
        msgspec.DecodeError: it is no index of a release.
    """
    return msgspec.json.decode(content, type=Index)


def inspect(folder: Path, path: str, fingerprint: str | None = None) -> IndexedFile:
    """Return the index entry of the file at `path` in `folder`."""
    file = folder / path
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return IndexedFile(path, file.stat().st_size, f"sha256:{sha256}", fingerprint)


def indexed_files(published: Path) -> dict[str, IndexedFile]:
    """Return the files in the index of a published folder by path; none if there is no readable index."""
    try:
        return read_index((published / INDEX).read_bytes()).by_path
    except (FileNotFoundError, msgspec.DecodeError):
        return {}  # the first release, an older format, or a damaged file


def build_index(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    database: IndexedFile,
    tables: Mapping[Table, Sequence[IndexedFile]],
) -> None:
    """Write `datapackage.json` into `folder`, which already has all other files of the release.

    `connection` reads that database, with the time zone UTC.

    Raises:
        CheckError: a figure has a source that is not in meta.source.
    """
    index = msgspec.json.encode(_package(connection, folder, database, tables))
    (folder / INDEX).write_bytes(msgspec.json.format(index, indent=1) + b"\n")


def _package(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    database: IndexedFile,
    tables: Mapping[Table, Sequence[IndexedFile]],
) -> dict[str, Any]:
    version, published_at, origin = connection.execute(
        "select version, published_at, origin from meta.release cross join meta.warehouse order by version desc limit 1"
    ).fetchall()[0]
    known = _sources(connection)
    named = _named(connection, folder, tables, known)
    columns = _columns(connection)
    published = {table.name for table in tables}
    resources = [
        _resource(table, files, columns[table.name], named.get(table, []), published) for table, files in tables.items()
    ]
    data = [database, *(file for files in tables.values() for file in files)]
    names = {source["name"] for resource in resources for source in resource.get("sources", [])}
    sources = [source for name, source in known.items() if name in names]
    made_up = (
        " Made up: these are rows of the sandbox and say nothing about any service." if origin == "sandbox" else ""
    )
    return {
        "$schema": PROFILE,
        "name": "tidegauge",
        "title": "Tidegauge: the open source AI wave, measured every week",
        "description": (
            "Downloads, models, lineage, benchmarks, communities, costs and funding of open models, each figure with its "
            f"source, time and licence. Begin with `from guide` in {database.path}.{made_up}"
        ),
        "version": str(version),
        "created": f"{published_at:%Y-%m-%dT%H:%M:%SZ}",
        "licenses": _once([licence for source in sources for licence in source["licenses"]]),
        "sources": sources,
        "contributors": [{"title": "Tidegauge", "roles": ["creator"]}],
        "citation": (
            f"Tidegauge, release {version} of {published_at:%Y-%m-%d}. Also cite the source of the figure: sources[].citation."
        ),
        "resources": [
            {
                "name": "tidegauge",
                "title": "All tables, with views, macros and comments, for DuckDB 1.4 or later",
                **_located([database], "duckdb", "application/octet-stream"),
            },
            *resources,
        ],
        # The standard has no sizes and hashes for a resource of several files, nor a place for pages.
        "files": [*data, *_others(folder, {file.path for file in data})],
    }


def _others(folder: Path, known: Collection[str]) -> list[IndexedFile]:
    """Return the files of the release that hold no table: the pages, the feed and the citation."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [inspect(folder, path) for path in paths if path not in known]


def _resource(
    table: Table,
    files: Sequence[IndexedFile],
    columns: Sequence[str],
    named: list[dict[str, Any]],
    published: Collection[str],
) -> dict[str, Any]:
    newest = " The newest week only." if table.newest_week_only else ""
    return {
        "name": table.name,
        "type": "table",
        "description": f"{table.description} One row for {table.grain}.{newest}",
        **_located(files, "parquet", "application/vnd.apache.parquet"),
        **({"sources": named} if named else {}),
        **({"licenses": _once([licence for source in named for licence in source["licenses"]])} if named else {}),
        "schema": {
            "fields": [_field(name, table.columns[name]) for name in columns],
            # NULL is a value of its own in a Parquet file: no text stands for it, neither is the empty one missing.
            "missingValues": [],
            "primaryKey": list(table.key),
            **({"foreignKeys": keys} if (keys := _foreign_keys(table, published)) else {}),
        },
    }


def _foreign_keys(table: Table, published: Collection[str]) -> list[dict[str, Any]]:
    """Return the references of a table's columns to the columns of tables that are published as files."""
    keys: list[dict[str, Any]] = []
    for name, column in table.columns.items():
        target, _, field = column.references.rpartition(".")
        if target in published:
            # By the standard an empty name is the resource itself.
            resource = "" if target == table.name else target
            keys.append({"fields": [name], "reference": {"resource": resource, "fields": [field]}})
    return keys


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the columns of every table and view in the order of the files; a view has the order of its SELECT."""
    found = connection.execute(
        "select schema_name || '.' || table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = current_database() and not internal group by all"
    ).fetchall()
    return dict(found)


def _named(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    tables: Mapping[Table, Sequence[IndexedFile]],
    known: dict[str, dict[str, Any]],
) -> dict[Table, list[dict[str, Any]]]:
    """Return the sources of the figures in each table, without meta.*, which also lists sources that failed."""
    # Some tables sum figures of several sources and list them in one text.
    expressions = {"source": "source", "sources": "unnest(string_split(sources, ', '))"}
    parts: list[str] = []
    for table, files in tables.items():
        column = next((name for name in expressions if name in table.columns), None)
        if column is not None and table.schema != "meta":
            # From the files, so that no view is computed again.
            paths = ", ".join(sql_literal(str(folder / file.path)) for file in files)
            parts.append(
                f"select distinct {sql_literal(table.name)} as name, {expressions[column]} as source from read_parquet([{paths}])"
            )
    if not parts:
        return {}
    by_name = {table.name: table for table in tables}
    named: dict[Table, list[dict[str, Any]]] = {}
    for name, source in connection.execute(f"{' union all '.join(parts)} order by all").fetchall():
        if source not in known:
            raise CheckError(
                f"{name} has figures of {source}, which is not in meta.source: nothing is published without its licence. "
                "Kept: the last release. To do: declare the source with its client, or add it to warehouse/seeds/source.csv."
            )
        named.setdefault(by_name[name], []).append(known[source])
    return named


def _located(files: Sequence[IndexedFile], form: str, mediatype: str) -> dict[str, Any]:
    return {
        "path": files[0].path if len(files) == 1 else [file.path for file in files],
        "format": form,
        "mediatype": mediatype,
        "bytes": sum(file.bytes for file in files),
        **({"hash": files[0].hash} if len(files) == 1 else {}),
    }


def _field(name: str, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "type": FIELD_TYPES[column.type], "description": column.meaning}
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
    """Return a licence of meta.source with its identifier in the list of the Open Definition."""
    name, path = next(((name, path) for begins, name, path in _LICENCES if text.startswith(begins)), _OTHER)
    return {"name": name, "title": text, **({"path": path} if path else {})}


def _once(licences: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({licence["title"]: licence for licence in licences}.values())
