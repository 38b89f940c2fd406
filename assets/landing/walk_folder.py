"""Answers are landed on disk as they came, before anything reads them: what was never landed cannot be fetched later.

A walk is one folder: `walk.json` says what was asked and when, `manifest.jsonl` has one line for each landed page, and
`outcome.json` appears when the walk has come to an end, with its verdict. A folder without an outcome is a walk that
was interrupted, and can be continued at its last whole page.
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
    """What was landed is no longer there as it came: it is not read."""


@dataclass(frozen=True)
class Unreadable:
    """A record of a page that is not even well-formed: its place on the page, counting from 0, and why."""

    position: int
    reason: str
    content: str


@dataclass(frozen=True)
class Page:
    """A landed page: its file, the request it answers, and what is needed to trust it and to go on from it."""

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
    """How a walk ended: `complete`, or `refused` with the reason."""

    status: str
    finished_at: str
    reason: str | None = None


class Landing:
    """The folder of one walk, and the pages that it holds so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: list[Page] = []

    @property
    def request(self) -> dict[str, Any]:
        """What was asked, as stated at the beginning; empty if the walk has not begun, or if that is lost."""
        try:
            return dict(json.loads((self.folder / _REQUEST).read_bytes()))
        except (FileNotFoundError, ValueError):  # a power cut left it without its content
            return {}

    @property
    def outcome(self) -> Outcome | None:
        """How the walk ended, if it did."""
        try:
            return msgspec.json.decode((self.folder / _OUTCOME).read_bytes(), type=Outcome)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def begin(self, request: dict[str, Any]) -> None:
        """State what is going to be asked."""
        self.folder.mkdir(parents=True, exist_ok=True)
        atomic_files.replace(self.folder / _REQUEST, json.dumps(request, indent=1).encode())
        atomic_files.to_disk(self.folder / _REQUEST, self.folder)

    def resume(self) -> None:
        """Take up the pages that are whole, and forget the others: the walk continues there.

        A killed process leaves at most one page that the manifest does not know, or half a line of it; a power cut can
        leave damaged files. Whatever does not match its sha256 is asked for again.
        """
        self.pages = [page for page in _until_none(map(self._verified, self._manifest_lines()))]
        atomic_files.replace(
            self.folder / _MANIFEST, b"".join(msgspec.json.encode(page) + b"\n" for page in self.pages)
        )

    def take_up_whole(self) -> None:
        """Take up the pages of a walk that has come to its end; nothing is written.

        Raises:
            DamagedLandingError: a page is missing or not what was landed, or the manifest breaks off before the end.
        """
        self.pages = []
        for number, line in enumerate(self._manifest_lines(), 1):
            page = self._verified(line)
            if page is None:
                raise DamagedLandingError(f"{self.folder}: page {number} is missing, or is not what was landed")
            self.pages.append(page)
        if not self.pages or self.pages[-1].next_url is not None:
            raise DamagedLandingError(f"{self.folder / _MANIFEST} breaks off after {len(self.pages):,} pages")

    def keep(self, response: Response) -> tuple[str, str]:
        """Write an answer as the next page, before anything reads it; give its file name and its body's sha256.

        A body that came compressed is written as it came over the wire.
        """
        file = f"page-{len(self.pages) + 1:06d}.json.gz"
        atomic_files.replace(self.folder / file, response.packed or igzip.compress(response.body, 1))
        return file, hashlib.sha256(response.body).hexdigest()

    def register(self, page: Page) -> None:
        """Write a kept page down in the manifest: from now on the walk continues after it."""
        with (self.folder / _MANIFEST).open("ab") as manifest:
            manifest.write(msgspec.json.encode(page) + b"\n")
        self.pages.append(page)

    def end(self, outcome: Outcome) -> None:
        """State how the walk ended, once every page of it is on the disk."""
        landed = [self.folder / page.file for page in self.pages]
        manifest = self.folder / _MANIFEST
        atomic_files.to_disk(*landed, *([manifest] if landed else []), self.folder)
        atomic_files.replace(self.folder / _OUTCOME, msgspec.json.encode(outcome))
        atomic_files.to_disk(self.folder / _OUTCOME, self.folder)

    def body(self, page: Page) -> bytes:
        """Read a landed page as it came."""
        return bytes(igzip.decompress((self.folder / page.file).read_bytes()))

    def _manifest_lines(self) -> list[bytes]:
        path = self.folder / _MANIFEST
        return path.read_bytes().splitlines() if path.exists() else []

    def _verified(self, line: bytes) -> Page | None:
        try:
            page = msgspec.json.decode(line, type=Page)
        except msgspec.DecodeError:
            return None
        return page if unpacked(self.folder / page.file, page.sha256) is not None else None


def unpacked(file: Path, sha256: str) -> bytes | None:
    """Read a landed file as it came; None if it is missing, or not what was landed."""
    try:
        body = bytes(igzip.decompress(file.read_bytes()))
    except (EOFError, FileNotFoundError, BadGzipFile, igzip_lib.IsalError):  # type: ignore[misc] # its stub does not say that it is an exception
        return None
    return body if hashlib.sha256(body).hexdigest() == sha256 else None


def landings(folder: Path, week: date) -> list[Landing]:
    """Give the walks of a week, oldest first."""
    found = [Landing(path) for path in sorted((folder / week.isoformat()).glob("walk-*"))]
    return [landing for landing in found if landing.request]


def weeks(folder: Path) -> list[date]:
    """Give the weeks (Mondays) of which walks are landed, oldest first."""
    found: list[date] = []
    for path in folder.glob("????-??-??"):
        with suppress(ValueError):  # somebody's own folder
            found.append(date.fromisoformat(path.name))
    return sorted(found)


def new_landing(folder: Path, week: date) -> Landing:
    """Give the folder of a walk that is about to begin: the first of its week is walk-001."""
    of_week = folder / week.isoformat()
    return Landing(of_week / f"walk-{len(list(of_week.glob('walk-*'))) + 1:03d}")


def _until_none(pages: Iterable[Page | None]) -> Iterator[Page]:
    for page in pages:
        if page is None:
            return
        yield page
