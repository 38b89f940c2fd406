"""Weekly snapshots of the Hub by others: one Parquet file a week since 2024-07-24, in a data set on the Hub or in a folder.

The label of a file is the first day of its week. This is not the day on which the Hub was read; when the publisher's job
stalled, the same snapshot was published again under the next label.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import SourceError, UnexpectedResponseError, unexpected_field
from assets.http.json_decoding import decoded
from assets.hub.datasets import dataset_service, parquet_file
from assets.landing.responses import SANDBOX_MARK

if TYPE_CHECKING:
    from pyarrow import DataType

SOURCE = "hub_weekly_snapshots"
DATASET = "hfmlsoc/hub_weekly_snapshots"
FILE = "models.parquet"
# Columns: those of all files, and those that were added later and are NULL before.
REQUIRED = {"id": "text", "createdAt": "moment", "downloads": "whole", "likes": "whole"}
OPTIONAL = {"lastModified": "moment", "downloadsAllTime": "whole"}
MAX_ROWS = 20_000_000
_MAX_PAGES = 100
_PATH = re.compile(rf"models/(?P<label>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})/{re.escape(FILE)}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class AvailableSnapshot:
    """A snapshot that can be loaded: its label, its size in bytes, and where it is.

    `sha256` and `revision`, the commit of the data set, are None for a file in a folder, `file` for one on the Hub.
    """

    label: date
    size: int
    sha256: str | None
    revision: str | None
    file: Path | None
    is_from_sandbox: bool

    @property
    def request(self) -> Request:
        """The request for the file on the Hub."""
        return parquet_file(DATASET, f"models/{self.label}/{FILE}", revision=self.revision or "main")


class _Revision(msgspec.Struct):
    sha: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40}$")]


class _Large(msgspec.Struct):
    oid: str
    size: Annotated[int, msgspec.Meta(gt=0)]


class _Entry(msgspec.Struct):
    type: str
    path: str
    lfs: _Large | None = None


def snapshots_service(endpoint: str, token: str | None) -> Service:
    """Return a client of the Hub at `endpoint` for the snapshots."""
    return dataset_service(SOURCE, endpoint, token)


def list_on_hub(service: Service) -> list[AvailableSnapshot]:
    """List the snapshots of the data set at its newest commit, in the order of their labels.

    Raises:
        UnexpectedResponseError: the list has another form, is empty, or has a label twice.
        UnreachableError: there is no response.
    """
    response = service.get(f"api/datasets/{DATASET}/revision/main")
    revision = decoded(SOURCE, "revision", response.body, _Revision).sha
    made_up = SANDBOX_MARK in response.headers
    found: dict[date, AvailableSnapshot] = {}
    page = f"{service.base_url}/api/datasets/{DATASET}/tree/{revision}/models?recursive=true&expand=false"
    for _ in range(_MAX_PAGES):
        response = service.get(page)
        for entry in decoded(SOURCE, "tree", response.body, list[_Entry]):
            label = _label(entry.path) if entry.type == "file" else None
            if label is None:
                continue
            if entry.lfs is None or not _SHA256.fullmatch(entry.lfs.oid):
                raise unexpected_field(SOURCE, entry.path, "lfs.oid", "the SHA-256 of the file", entry.lfs)
            if label in found:
                raise unexpected_field(SOURCE, "tree", "path", "each label once", entry.path)
            found[label] = AvailableSnapshot(label, entry.lfs.size, entry.lfs.oid, revision, None, made_up)
        if response.next_url is None:
            break
        page = response.next_url
    else:
        raise unexpected_field(SOURCE, "tree", "Link", f"at most {_MAX_PAGES} pages", page)
    if not found:
        raise unexpected_field(SOURCE, "tree", "path", f"files such as models/2026-09-30/{FILE}", "none")
    return [found[label] for label in sorted(found)]


def probe(endpoint: str, token: str | None) -> str:
    """Probe the list of snapshots and describe it. Raises SourceError like `list_on_hub`."""
    listed = list_on_hub(snapshots_service(endpoint, token).single_attempt())
    return f"{len(listed)} snapshots, from {listed[0].label} to {listed[-1].label}"


def list_folder(folder: Path) -> list[AvailableSnapshot]:
    """List the snapshots in a folder that is laid out like the data set, `models/<label>/models.parquet`, by label.

    Raises:
        UnexpectedResponseError: there is none, or a label occurs twice.
    """
    found: dict[date, AvailableSnapshot] = {}
    for file in sorted(folder.rglob(FILE)):
        label = _label(f"models/{file.parent.name}/{FILE}")
        if label is None:
            continue
        if label in found:
            raise unexpected_field(SOURCE, str(folder), "label", "each label once", f"{found[label].file} and {file}")
        found[label] = AvailableSnapshot(label, file.stat().st_size, None, None, file, _is_from_sandbox(file))
    if not found:
        raise unexpected_field(SOURCE, str(folder), "(the folder)", f"files such as models/2026-09-30/{FILE}", "none")
    return [found[label] for label in sorted(found)]


def check_schema(file: Path, label: date) -> frozenset[str]:
    """Check the schema of a snapshot without reading its rows; return the names of its optional columns.

    Raises:
        UnexpectedResponseError: it is not a Parquet file, is too large or empty, or a column is missing or has another type.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    where = f"{label}/{FILE}"
    try:
        with pq.ParquetFile(file) as parquet:
            schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unexpected_column(where, "(the whole)", "a whole Parquet file", str(error).partition("\n")[0]) from error
    if not 0 < rows <= MAX_ROWS:
        raise _unexpected_column(where, "(the whole)", f"between 1 and {MAX_ROWS:,} rows", f"{rows:,} rows")
    for name, kind in {**REQUIRED, **OPTIONAL}.items():
        there = schema.names.count(name)
        if there > 1 or (there == 0 and name in REQUIRED):
            raise _unexpected_column(where, name, f"one column of this name, a {kind}", schema.names)
        if there and not _fits(schema.field(name).type, kind):
            raise _unexpected_column(where, name, f"a {kind}", str(schema.field(name).type))
    return frozenset(name for name in OPTIONAL if name in schema.names)


def _unexpected_column(where: str, field: str, expected: str, found: object) -> SourceError:
    error = unexpected_field(SOURCE, where, field, expected, found)
    return UnexpectedResponseError(
        SOURCE,
        error.reason,
        kept="every snapshot that was loaded before; nothing of this file.",
        remedy="compare the file with those of other weeks; if they load, it is damaged at its publisher.",
    )


def _label(path: str) -> date | None:
    named = _PATH.fullmatch(path)
    try:
        return date.fromisoformat(named["label"]) if named else None
    except ValueError:
        return None


def _is_from_sandbox(file: Path) -> bool:
    """Return whether the sandbox has written a file; False for a damaged one, which is refused when it is loaded."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return SANDBOX_MARK.encode() in (pq.read_metadata(file).metadata or {})
    except (pa.ArrowException, OSError, ValueError):
        return False


def _fits(type: "DataType", kind: str) -> bool:
    from pyarrow import types

    if types.is_dictionary(type):
        type = type.value_type
    is_text = types.is_string(type) or types.is_large_string(type) or types.is_string_view(type)
    match kind:
        case "text":
            return bool(is_text)
        case "moment":
            return bool(types.is_timestamp(type) or is_text)
        case _:
            return bool(types.is_integer(type) or types.is_floating(type))
