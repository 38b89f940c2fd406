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

from assets.http.client import Answer, Kind, Question, Service
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
class Landed:
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


class Answers:
    """The answers of one collection of `source` in `week`, in a new folder below `landing`."""

    def __init__(self, landing: Path, source: str, week: date) -> None:
        """Begin a collection; nothing is written before the first answer."""
        weeks = landing / source
        self._earlier = _newest(weeks)
        number = len(list((weeks / week.isoformat()).glob("collection-*"))) + 1
        self.folder = weeks / week.isoformat() / f"collection-{number:03d}"
        self.source = source
        self.landed: list[Landed] = []

    def accept(self) -> None:
        """Say that every answer was read and fits: the next collection need not fetch again what has not changed."""
        if self.landed:
            (self.folder / _ACCEPTED).touch()

    @property
    def bytes(self) -> int:
        """Bytes of all answers, uncompressed."""
        return sum(landed.bytes for landed in self.landed)

    @property
    def from_sandbox(self) -> bool:
        """Whether any answer is the sandbox's: then none of them is to pass for a real one."""
        return any(landed.sandbox for landed in self.landed)

    def shape(self) -> Shape:
        """Give the fields of the answers that were landed, of the first few: what is asked many times has one form."""
        suffixes = ((landed.file.split(".")[1], self.folder / landed.file) for landed in self.landed[:_LOOKED_AT])
        return together(shape_of(suffix, igzip.decompress(file.read_bytes())) for suffix, file in suffixes)

    def fetch(self, service: Service, question: Question, without: Removal | None = None) -> Answer:
        """Ask a service, land its answer, and give it; an unchanged one is given as it was landed the last time.

        `without` takes out of a body what must not be kept, before it is landed; if it raises, nothing is landed.

        Raises:
            UnexpectedAnswerError, UnreachableError: there is no answer; what was landed so far stays.
        """
        held = next((one for one in reversed(self._manifest()) if one.url == _address(service, question)), None)
        conditions = held.validators if held and not question.anew else None
        answer, original = service.ask(replace(question, unless_changed_from=conditions or None)), None
        if answer.status == 304 and held and self._earlier:
            body = bytes(igzip.decompress((self._earlier / held.file).read_bytes()))
            answer, original = replace(answer, status=200, body=body, packed=None), held.original_sha256
        elif without:
            original = hashlib.sha256(answer.body).hexdigest()
            answer = replace(answer, body=without(answer.body), packed=None)
        self._keep(answer, question.kind, _address(service, question), original)
        return answer

    def obtain(self, path: str, kind: Kind, ask: Callable[[], Answer]) -> Answer:
        """Land the answer that `ask` gets from `path` in another way, and give it. Raises what `ask` raises."""
        answer = ask()
        self._keep(answer, kind, answer.url)
        return answer

    def _keep(self, answer: Answer, kind: Kind, address: str, original_sha256: str | None = None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = f"answer-{len(self.landed) + 1:04d}.{kind.suffix}.gz"
        atomic_files.replace(self.folder / file, answer.packed or igzip.compress(answer.body, 1))
        landed = Landed(
            file=file,
            url=address,
            bytes=len(answer.body),
            sha256=hashlib.sha256(answer.body).hexdigest(),
            received_at=answer.received_at.isoformat(),
            sandbox=SANDBOX_MARK in answer.headers,
            # A refusal that is kept must not come back as a 200 when it still stands.
            validators={name: answer.headers[name] for name in _VALIDATORS if name in answer.headers}
            if answer.status == 200
            else {},
            link=answer.headers.get("Link"),
            original_sha256=original_sha256,
            status=answer.status,
            location=answer.headers.get("Location"),
        )
        with (self.folder / MANIFEST).open("ab") as manifest:
            manifest.write(msgspec.json.encode(landed) + b"\n")
        atomic_files.to_disk(self.folder / file, self.folder / MANIFEST, self.folder)
        self.landed.append(landed)

    def _manifest(self) -> list[Landed]:
        if self._earlier is None:
            return []
        lines = (self._earlier / MANIFEST).read_bytes().splitlines()
        found = [_read(line) for line in lines]
        folder = self._earlier
        return [one for one in found if one is not None and unpacked(folder / one.file, one.sha256) is not None]


def named(source: str, answers: Answers) -> str:
    """Give the name under which the figures of these answers are kept: the sandbox's never pass for a service's own."""
    return f"sandbox_{source}" if answers.from_sandbox else source


def _newest(weeks: Path) -> Path | None:
    return max((path.parent for path in weeks.glob(f"*/collection-*/{_ACCEPTED}")), default=None)


def _read(line: bytes) -> Landed | None:
    try:
        return msgspec.json.decode(line, type=Landed)
    except msgspec.DecodeError:
        return None


def _address(service: Service, question: Question) -> str:
    return f"{service.base_url}/{path_of(question)}"


def path_of(question: Question) -> str:
    """Give what is asked for as an address below that of the service, whatever that is."""
    params: Mapping[str, str | list[str]] = question.params
    asked = "&".join(f"{name}={value}" for name, value in params.items())
    return question.url.lstrip("/") + (f"?{asked}" if asked else "")
