"""Weekly snapshots of the Hub by others: one Parquet file a week since 2024-07-24, on the Hub as a data set, or in a folder.

A file is called by its label, the day on which its week begins. The label is not the day on which the Hub was read, and
where upstream stalled the same reading comes back under the next label.
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
# Columns that are read: those of every era, and those that came later, which are NULL before.
REQUIRED = {"id": "text", "createdAt": "moment", "downloads": "whole", "likes": "whole"}
OPTIONAL = {"lastModified": "moment", "downloadsAllTime": "whole"}
MOST_ROWS = 20_000_000
_MOST_PAGES = 100
_PATH = re.compile(rf"models/(?P<label>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})/{re.escape(FILE)}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Announced:
    """A snapshot that is there to be read: its label, size in bytes, and where it is.

    `sha256` and `revision`, the commit of the data set, are None for a file in a folder, `file` for one on the Hub.
    """

    label: date
    size: int
    sha256: str | None
    revision: str | None
    file: Path | None
    is_made_up: bool

    @property
    def question(self) -> Request:
        """What is asked for the file on the Hub."""
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
    """Give the Hub at `endpoint`, asked for the snapshots."""
    return dataset_service(SOURCE, endpoint, token)


def on_the_hub(service: Service) -> list[Announced]:
    """List the snapshots of the data set at its newest commit, in the order of their labels.

    Raises:
        UnexpectedResponseError: the list does not fit, is empty, or names a label twice.
        UnreachableError: there is no answer.
    """
    response = service.get(f"api/datasets/{DATASET}/revision/main")
    revision = decoded(SOURCE, "revision", response.body, _Revision).sha
    made_up = SANDBOX_MARK in response.headers
    found: dict[date, Announced] = {}
    page = f"{service.base_url}/api/datasets/{DATASET}/tree/{revision}/models?recursive=true&expand=false"
    for _ in range(_MOST_PAGES):
        response = service.get(page)
        for entry in decoded(SOURCE, "tree", response.body, list[_Entry]):
            label = _label(entry.path) if entry.type == "file" else None
            if label is None:
                continue
            if entry.lfs is None or not _SHA256.fullmatch(entry.lfs.oid):
                raise unexpected_field(SOURCE, entry.path, "lfs.oid", "the SHA-256 of the file", entry.lfs)
            if label in found:
                raise unexpected_field(SOURCE, "tree", "path", "each label once", entry.path)
            found[label] = Announced(label, entry.lfs.size, entry.lfs.oid, revision, None, made_up)
        if response.next_url is None:
            break
        page = response.next_url
    else:
        raise unexpected_field(SOURCE, "tree", "Link", f"at most {_MOST_PAGES} pages", page)
    if not found:
        raise unexpected_field(SOURCE, "tree", "path", f"files such as models/2026-09-30/{FILE}", "none")
    return [found[label] for label in sorted(found)]


def probe(endpoint: str, token: str | None) -> str:
    """List the snapshots, and say which there are. Raises SourceError like `on_the_hub`."""
    listed = on_the_hub(snapshots_service(endpoint, token).single_attempt())
    return f"{len(listed)} snapshots, from {listed[0].label} to {listed[-1].label}"


def in_a_folder(folder: Path) -> list[Announced]:
    """List the snapshots in a folder that is laid out like the data set, `models/<label>/models.parquet`, by label.

    Raises:
        UnexpectedResponseError: there is none, or a label is there twice.
    """
    found: dict[date, Announced] = {}
    for file in sorted(folder.rglob(FILE)):
        label = _label(f"models/{file.parent.name}/{FILE}")
        if label is None:
            continue
        if label in found:
            raise unexpected_field(SOURCE, str(folder), "label", "each label once", f"{found[label].file} and {file}")
        found[label] = Announced(label, file.stat().st_size, None, None, file, _is_made_up(file))
    if not found:
        raise unexpected_field(SOURCE, str(folder), "(the folder)", f"files such as models/2026-09-30/{FILE}", "none")
    return [found[label] for label in sorted(found)]


def examine_file(file: Path, label: date) -> frozenset[str]:
    """Look at the schema of a snapshot, without reading its rows; give the optional columns that it has.

    Raises:
        UnexpectedResponseError: it is no Parquet file, is too large or empty, or a column is missing or of a wrong type.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    where = f"{label}/{FILE}"
    try:
        with pq.ParquetFile(file) as parquet:
            schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unfit(where, "(the whole)", "a whole Parquet file", str(error).partition("\n")[0]) from error
    if not 0 < rows <= MOST_ROWS:
        raise _unfit(where, "(the whole)", f"between 1 and {MOST_ROWS:,} rows", f"{rows:,} rows")
    for name, kind in {**REQUIRED, **OPTIONAL}.items():
        there = schema.names.count(name)
        if there > 1 or (there == 0 and name in REQUIRED):
            raise _unfit(where, name, f"one column of this name, a {kind}", schema.names)
        if there and not _fits(schema.field(name).type, kind):
            raise _unfit(where, name, f"a {kind}", str(schema.field(name).type))
    return frozenset(name for name in OPTIONAL if name in schema.names)


def _unfit(where: str, field: str, expected: str, found: object) -> SourceError:
    error = unexpected_field(SOURCE, where, field, expected, found)
    return UnexpectedResponseError(
        SOURCE,
        error.reason,
        kept="every snapshot that was loaded before; nothing of this file.",
        remedy="compare the file with its neighbours; if the others read well, it is damaged upstream.",
    )


def _label(path: str) -> date | None:
    named = _PATH.fullmatch(path)
    try:
        return date.fromisoformat(named["label"]) if named else None
    except ValueError:
        return None


def _is_made_up(file: Path) -> bool:
    """Whether the sandbox has written a file; one that cannot be read is looked at when its turn comes."""
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
