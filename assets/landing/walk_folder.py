"""The folder of a walk: its pages, stored as received before anything parses them.

`walk.json` has the request and its time, `manifest.jsonl` one line for each stored page, and `outcome.json` the status of a
walk that has ended. A folder without an outcome is an interrupted walk; it continues after its last complete page.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from gzip import BadGzipFile
from pathlib import Path
from typing import Any

import msgspec
from isal import igzip, igzip_lib

from assets.http.client import Response
from assets.landing import atomic_files

_REQUEST = "walk.json"
_MANIFEST = "manifest.jsonl"
_OUTCOME = "outcome.json"


class DamagedLandingError(Exception):
    """A stored response is missing or has changed; it is not used."""


@dataclass(frozen=True)
class Unreadable:
    """A record of a page that is not well-formed: its position on the page, from 0, and the reason."""

    position: int
    reason: str
    content: str


@dataclass(frozen=True)
class Page:
    """A stored page: its file and URL, what verifies it, and the URL of the next page."""

    file: str
    url: str
    status: int
    rows: int
    bytes: int
    sha256: str
    first_id: str | None
    last_id: str | None
    next_url: str | None
    received_at: str
    sandbox: bool = False
    unreadable: list[Unreadable] = field(default_factory=list[Unreadable])


@dataclass(frozen=True)
class Outcome:
    """How a walk ended: `complete`, or `refused` with a reason."""

    status: str
    finished_at: str
    reason: str | None = None


class WalkFolder:
    """The folder of one walk, with the pages stored so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pages: list[Page] = []

    @property
    def request(self) -> dict[str, Any]:
        """The request, written at the start; empty if the walk has not started or the file is damaged."""
        try:
            return dict(json.loads((self.path / _REQUEST).read_bytes()))
        except (FileNotFoundError, ValueError):  # a power cut left it without its content
            return {}

    @property
    def outcome(self) -> Outcome | None:
        """How the walk ended, if it did."""
        try:
            return msgspec.json.decode((self.path / _OUTCOME).read_bytes(), type=Outcome)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def begin(self, request: dict[str, Any]) -> None:
        """Write the request."""
        self.path.mkdir(parents=True, exist_ok=True)
        atomic_files.replace(self.path / _REQUEST, json.dumps(request, indent=1).encode())
        atomic_files.to_disk(self.path / _REQUEST, self.path)

    def resume(self) -> None:
        """Read the manifest up to the first damaged page and drop the rest: the walk continues there.

        A killed process leaves at most one page without its line in the manifest, or a part of the line; a power cut can
        leave damaged files. A page that does not match its sha256 is requested again.
        """
        self.pages = [page for page in _until_none(map(self._verified, self._manifest_lines()))]
        atomic_files.replace(self.path / _MANIFEST, b"".join(msgspec.json.encode(page) + b"\n" for page in self.pages))

    def read_complete(self) -> None:
        """Read and verify the pages of a walk that has ended; nothing is written.

        Raises:
            DamagedLandingError: a page is missing or has changed, or the manifest is incomplete.
        """
        self.pages = []
        for number, line in enumerate(self._manifest_lines(), 1):
            page = self._verified(line)
            if page is None:
                raise DamagedLandingError(f"{self.path}: page {number} is missing or has changed since it was stored")
            self.pages.append(page)
        if not self.pages or self.pages[-1].next_url is not None:
            raise DamagedLandingError(f"{self.path / _MANIFEST} ends after {len(self.pages):,} pages")

    def store(self, response: Response) -> tuple[str, str]:
        """Write a response as the next page, before it is parsed; return its file name and the SHA-256 of its body.

        A compressed body is written as received.
        """
        file = f"page-{len(self.pages) + 1:06d}.json.gz"
        atomic_files.replace(self.path / file, response.packed or igzip.compress(response.body, 1))
        return file, hashlib.sha256(response.body).hexdigest()

    def register(self, page: Page) -> None:
        """Add a stored page to the manifest: the walk continues after it."""
        with (self.path / _MANIFEST).open("ab") as manifest:
            manifest.write(msgspec.json.encode(page) + b"\n")
        self.pages.append(page)

    def end(self, outcome: Outcome) -> None:
        """Flush every page to disk, then write the outcome."""
        files = [self.path / page.file for page in self.pages]
        manifest = self.path / _MANIFEST
        atomic_files.to_disk(*files, *([manifest] if files else []), self.path)
        atomic_files.replace(self.path / _OUTCOME, msgspec.json.encode(outcome))
        atomic_files.to_disk(self.path / _OUTCOME, self.path)

    def body(self, page: Page) -> bytes:
        """Return the body of a stored page."""
        return bytes(igzip.decompress((self.path / page.file).read_bytes()))

    def _manifest_lines(self) -> list[bytes]:
        path = self.path / _MANIFEST
        return path.read_bytes().splitlines() if path.exists() else []

    def _verified(self, line: bytes) -> Page | None:
        try:
            page = msgspec.json.decode(line, type=Page)
        except msgspec.DecodeError:
            return None
        return page if read_verified(self.path / page.file, page.sha256) is not None else None


def read_verified(file: Path, sha256: str) -> bytes | None:
    """Return the uncompressed content of a stored file; None if it is missing or has another SHA-256."""
    try:
        body = bytes(igzip.decompress(file.read_bytes()))
    except (EOFError, FileNotFoundError, BadGzipFile, igzip_lib.IsalError):  # type: ignore[misc] # its stub does not declare it as an exception
        return None
    return body if hashlib.sha256(body).hexdigest() == sha256 else None


def walk_folders(folder: Path, week: date) -> list[WalkFolder]:
    """Return the walks of a week, oldest first."""
    found = [WalkFolder(path) for path in sorted((folder / week.isoformat()).glob("walk-*"))]
    return [walk for walk in found if walk.request]


def weeks(folder: Path) -> list[date]:
    """Return the weeks (Mondays) with stored walks, oldest first."""
    found: list[date] = []
    for path in folder.glob("????-??-??"):
        with suppress(ValueError):  # not one of ours
            found.append(date.fromisoformat(path.name))
    return sorted(found)


def new_walk_folder(folder: Path, week: date) -> WalkFolder:
    """Return the folder for a new walk, which does not exist yet: the first of a week is walk-001."""
    of_week = folder / week.isoformat()
    return WalkFolder(of_week / f"walk-{len(list(of_week.glob('walk-*'))) + 1:03d}")


def _until_none(pages: Iterable[Page | None]) -> Iterator[Page]:
    for page in pages:
        if page is None:
            return
        yield page
