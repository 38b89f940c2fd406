"""A collection of a source: its answers, each landed as it came before anything reads it.

A collection is one folder, `<source>/<week>/collection-001`: the answers, and `manifest.jsonl` with one line for each.
An answer that has not changed since the last collection is not fetched again: it is linked from there. That is said of
a collection with the file `accepted` alone: one of which an answer did not fit would stand in the way of a better one.
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
from assets.landing.response_schema import Shape, shape_of, together
from assets.landing.walk_folder import unpacked

SANDBOX_MARK = "x-tidegauge-sandbox"
MANIFEST = "manifest.jsonl"
_ACCEPTED = "accepted"
_LOOKED_AT = 5
_VALIDATORS = ("ETag", "Last-Modified")
# Gives a body without what must not be kept.
Removal = Callable[[bytes], bytes]


@dataclass(frozen=True)
class StoredResponse:
    """An answer on disk: the question's address, when it was received, and what tells whether it has changed since.

    `link` is its Link header, which may say what the body does not: how many pages there are. `location` is where a
    redirect, which some services answer with, has led.
    Where something was taken out before it was landed, `original_sha256` is that of the answer as it came.
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
    """The answers of one collection of `source` in `week`, in a new folder below `landing`."""

    def __init__(self, landing: Path, source: str, week: date) -> None:
        """Begin a collection; nothing is written before the first answer."""
        weeks = landing / source
        self._earlier = _newest(weeks)
        number = len(list((weeks / week.isoformat()).glob("collection-*"))) + 1
        self.folder = weeks / week.isoformat() / f"collection-{number:03d}"
        self.source = source
        self.stored: list[StoredResponse] = []

    def accept(self) -> None:
        """Say that every answer was read and fits: the next collection need not fetch again what has not changed."""
        if self.stored:
            (self.folder / _ACCEPTED).touch()

    @property
    def bytes(self) -> int:
        """Bytes of all answers, uncompressed."""
        return sum(landed.bytes for landed in self.stored)

    @property
    def from_sandbox(self) -> bool:
        """Whether any answer is the sandbox's: then none of them is to pass for a real one."""
        return any(landed.sandbox for landed in self.stored)

    def shape(self) -> Shape:
        """Give the fields of the answers that were landed, of the first few: what is asked many times has one form."""
        suffixes = ((landed.file.split(".")[1], self.folder / landed.file) for landed in self.stored[:_LOOKED_AT])
        return together(shape_of(suffix, igzip.decompress(file.read_bytes())) for suffix, file in suffixes)

    def fetch(self, service: Service, request: Request, without: Removal | None = None) -> Response:
        """Ask a service, land its answer, and give it; an unchanged one is given as it was landed the last time.

        `without` takes out of a body what must not be kept, before it is landed; if it raises, nothing is landed.

        Raises:
            UnexpectedResponseError, UnreachableError: there is no answer; what was landed so far stays.
        """
        held = next((one for one in reversed(self._manifest()) if one.url == _address(service, request)), None)
        conditions = held.validators if held and not request.anew else None
        response, original = service.send(replace(request, unless_changed_from=conditions or None)), None
        if response.status == 304 and held and self._earlier:
            body = bytes(igzip.decompress((self._earlier / held.file).read_bytes()))
            response, original = replace(response, status=200, body=body, packed=None), held.original_sha256
        elif without:
            original = hashlib.sha256(response.body).hexdigest()
            response = replace(response, body=without(response.body), packed=None)
        self._keep(response, request.kind, _address(service, request), original)
        return response

    def store_external(self, path: str, kind: Kind, ask: Callable[[], Response]) -> Response:
        """Land the answer that `ask` gets from `path` in another way, and give it. Raises what `ask` raises."""
        response = ask()
        self._keep(response, kind, response.url)
        return response

    def _keep(self, response: Response, kind: Kind, address: str, original_sha256: str | None = None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = f"answer-{len(self.stored) + 1:04d}.{kind.suffix}.gz"
        atomic_files.replace(self.folder / file, response.packed or igzip.compress(response.body, 1))
        landed = StoredResponse(
            file=file,
            url=address,
            bytes=len(response.body),
            sha256=hashlib.sha256(response.body).hexdigest(),
            received_at=response.received_at.isoformat(),
            sandbox=SANDBOX_MARK in response.headers,
            # A refusal that is kept must not come back as a 200 when it still stands.
            validators={name: response.headers[name] for name in _VALIDATORS if name in response.headers}
            if response.status == 200
            else {},
            link=response.headers.get("Link"),
            original_sha256=original_sha256,
            status=response.status,
            location=response.headers.get("Location"),
        )
        with (self.folder / MANIFEST).open("ab") as manifest:
            manifest.write(msgspec.json.encode(landed) + b"\n")
        atomic_files.to_disk(self.folder / file, self.folder / MANIFEST, self.folder)
        self.stored.append(landed)

    def _manifest(self) -> list[StoredResponse]:
        if self._earlier is None:
            return []
        lines = (self._earlier / MANIFEST).read_bytes().splitlines()
        found = [_read(line) for line in lines]
        folder = self._earlier
        return [one for one in found if one is not None and unpacked(folder / one.file, one.sha256) is not None]


def source_key(source: str, responses: ResponseStore) -> str:
    """Give the name under which the figures of these answers are kept: the sandbox's never pass for a service's own."""
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
    """Give what is asked for as an address below that of the service, whatever that is."""
    params: Mapping[str, str | list[str]] = request.params
    asked = "&".join(f"{name}={value}" for name, value in params.items())
    return request.url.lstrip("/") + (f"?{asked}" if asked else "")
