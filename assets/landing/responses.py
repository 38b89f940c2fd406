"""Store the responses of a collection as received, before anything parses them.

A collection is one folder, `<source>/<week>/collection-001`, with the responses and one line for each in
`manifest.jsonl`. A response that has not changed since the last collection is not downloaded again but copied from there.
Only collections with the file `accepted` are reused, without the responses that it names: one that did not fit must be
requested again.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import msgspec
from isal import igzip

from assets.http.client import Kind, Request, Response, Service
from assets.landing import atomic_files
from assets.landing.response_schema import Shape, merged, shape_of
from assets.landing.walk_folder import read_verified

SANDBOX_MARK = "x-tidegauge-sandbox"
MANIFEST = "manifest.jsonl"
_ACCEPTED = "accepted"
_SAMPLED = 5
_VALIDATORS = ("ETag", "Last-Modified")
# Returns a body without the parts that must not be stored.
Removal = Callable[[bytes], bytes]


@dataclass(frozen=True)
class StoredResponse:
    """A response on disk: file, URL of the request, time of receipt, and validators for a conditional request.

    `link` is the Link header, which can have the number of pages. `location` is the target of a redirect, with which some
    services respond. `original_sha256` is that of the response as received, if a part was removed before it was stored.
    """

    file: str
    url: str
    bytes: int
    sha256: str
    received_at: str
    sandbox: bool
    validators: dict[str, str] = field(default_factory=dict[str, str])
    link: str | None = None
    original_sha256: str | None = None
    status: int = 200
    location: str | None = None


class ResponseStore:
    """The responses of one collection of `source` in `week`, in a new folder below `landing`."""

    def __init__(self, landing: Path, source: str, week: date) -> None:
        """Begin a collection; the folder is created with the first response."""
        weeks = landing / source
        self._earlier = _newest(weeks)
        number = len(list((weeks / week.isoformat()).glob("collection-*"))) + 1
        self.folder = weeks / week.isoformat() / f"collection-{number:03d}"
        self.source = source
        self.stored: list[StoredResponse] = []
        self.unfit: set[str] = set()

    def mark_unfit(self, first: int) -> None:
        """Mark the responses from number `first` on, counted from 0, as unfit: they are not reused, nor looked at for fields."""
        self.unfit |= {one.file for one in self.stored[first:]}

    def accept(self) -> None:
        """Mark the collection as parsed: the next one may reuse its unchanged responses, except those that are unfit."""
        if self.stored:
            (self.folder / _ACCEPTED).write_text("".join(f"{file}\n" for file in sorted(self.unfit)), encoding="utf-8")

    @property
    def bytes(self) -> int:
        """Bytes of all responses, uncompressed."""
        return sum(one.bytes for one in self.stored)

    @property
    def from_sandbox(self) -> bool:
        """Whether any response is from the sandbox; then none counts as live."""
        return any(one.sandbox for one in self.stored)

    def shape(self) -> Shape:
        """Return the fields of the first stored responses; many requests of one kind have the same schema."""
        fit = [one.file for one in self.stored if one.file not in self.unfit]
        suffixes = ((file.split(".")[1], self.folder / file) for file in fit[:_SAMPLED])
        return merged(shape_of(suffix, igzip.decompress(file.read_bytes())) for suffix, file in suffixes)

    def fetch(self, service: Service, request: Request, without: Removal | None = None) -> Response:
        """Send a request, store the response and return it; an unchanged one is read from the last collection.

        `without` removes from a body what must not be stored; if it raises, nothing is stored.

        Raises:
            UnexpectedResponseError, UnreachableError: there is no usable response; the stored ones stay.
        """
        previous = next((one for one in reversed(self._manifest()) if one.url == _address(service, request)), None)
        conditions = previous.validators if previous and not request.unconditional else None
        response, original = service.send(replace(request, unless_changed_from=conditions or None)), None
        if response.status == 304 and previous and self._earlier:
            body = bytes(igzip.decompress((self._earlier / previous.file).read_bytes()))
            response, original = replace(response, status=200, body=body, packed=None), previous.original_sha256
        elif without:
            original = hashlib.sha256(response.body).hexdigest()
            response = replace(response, body=without(response.body), packed=None)
        self._store(response, request.kind, _address(service, request), original)
        return response

    def store_external(self, path: str, kind: Kind, send: Callable[[], Response]) -> Response:
        """Store the response that `send` gets from `path` by other means, and return it. Raises what `send` raises."""
        response = send()
        self._store(response, kind, response.url)
        return response

    def _store(self, response: Response, kind: Kind, address: str, original_sha256: str | None = None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = f"answer-{len(self.stored) + 1:04d}.{kind.suffix}.gz"
        atomic_files.replace(self.folder / file, response.packed or igzip.compress(response.body, 1))
        stored = StoredResponse(
            file=file,
            url=address,
            bytes=len(response.body),
            sha256=hashlib.sha256(response.body).hexdigest(),
            received_at=response.received_at.isoformat(),
            sandbox=SANDBOX_MARK in response.headers,
            # A stored error status must not be reused as a 200.
            validators={name: response.headers[name] for name in _VALIDATORS if name in response.headers}
            if response.status == 200
            else {},
            link=response.headers.get("Link"),
            original_sha256=original_sha256,
            status=response.status,
            location=response.headers.get("Location"),
        )
        with (self.folder / MANIFEST).open("ab") as manifest:
            manifest.write(msgspec.json.encode(stored) + b"\n")
        atomic_files.to_disk(self.folder / file, self.folder / MANIFEST, self.folder)
        self.stored.append(stored)

    def _manifest(self) -> list[StoredResponse]:
        if self._earlier is None:
            return []
        folder = self._earlier
        unfit = (folder / _ACCEPTED).read_text(encoding="utf-8").split()
        found = [_read(line) for line in (folder / MANIFEST).read_bytes().splitlines()]
        return [
            one
            for one in found
            if one is not None and one.file not in unfit and read_verified(folder / one.file, one.sha256) is not None
        ]


def source_key(source: str, responses: ResponseStore) -> str:
    """Return the source key for figures from these responses; those of the sandbox have a key of their own."""
    return f"sandbox_{source}" if responses.from_sandbox else source


def _newest(weeks: Path) -> Path | None:
    return max((path.parent for path in weeks.glob(f"*/collection-*/{_ACCEPTED}")), default=None)


def _read(line: bytes) -> StoredResponse | None:
    try:
        return msgspec.json.decode(line, type=StoredResponse)
    except msgspec.DecodeError:
        return None


def _address(service: Service, request: Request) -> str:
    return f"{service.base_url}/{path_of(request)}"


def path_of(request: Request) -> str:
    """Return the path and parameters of a request, relative to the address of the service."""
    params: Mapping[str, str | list[str]] = request.params
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return request.url.lstrip("/") + (f"?{query}" if query else "")
