"""The inbox: a folder into which users drop result files.

A file that fits moves to `accepted/`, unchanged, under the SHA-256 of its content. A file that does not fit moves to
`rejected/`, with the reason in a file next to it. A hidden file, or one that is still being written, stays where it is.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from assets.http.errors import UnexpectedResponseError, unexpected_field
from assets.inference.bench_files import LARGEST_FILE_BYTES, NAME, read_bench_file, why
from assets.inference.inference_result import InferenceResult

ACCEPTED, REJECTED = "accepted", "rejected"
# A file that has not changed for so long is complete.
SETTLED_AFTER_S = 1.0


@dataclass
class Sorted:
    """Names of the files in the inbox, by outcome."""

    accepted: list[str] = field(default_factory=list[str])
    rejected: list[str] = field(default_factory=list[str])
    unfinished: list[str] = field(default_factory=list[str])


def waiting(inbox: Path) -> dict[str, tuple[int, int]]:
    """Return the files that wait in the inbox, each with the time of its last change (ns) and its size in bytes."""
    found: dict[str, tuple[int, int]] = {}
    for path in sorted(inbox.glob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            state = path.stat()
            found[path.name] = (state.st_mtime_ns, state.st_size)
    return found


def sort_inbox(inbox: Path, today: date, sleep: Callable[[float], None] = time.sleep) -> Sorted:
    """Move every complete file of the inbox to `accepted/` or `rejected/`."""
    outcome = Sorted()
    before = waiting(inbox)
    if any(time.time() - changed / 1e9 < SETTLED_AFTER_S for changed, _ in before.values()):
        sleep(SETTLED_AFTER_S)
    after = waiting(inbox)
    for name, state in before.items():
        if after.get(name) != state:
            outcome.unfinished.append(name)
            continue
        body = _content(inbox / name)
        try:
            read_bench_file(body, today)
        except UnexpectedResponseError as error:
            _move(inbox / name, inbox / REJECTED / name)
            (inbox / REJECTED / f"{name}.reason.txt").write_text(why(error), encoding="utf-8")
            outcome.rejected.append(name)
        else:
            _move(inbox / name, inbox / ACCEPTED / f"{hashlib.sha256(body).hexdigest()}.json")
            outcome.accepted.append(name)
    return outcome


def read_accepted(inbox: Path, today: date) -> tuple[Sequence[InferenceResult], int]:
    """Return the results of every accepted file, and the number of bytes read.

    Raises:
        UnexpectedResponseError: a file has changed since it was accepted.
    """
    results: list[InferenceResult] = []
    size = 0
    for path in sorted((inbox / ACCEPTED).glob("*.json")):
        body = path.read_bytes()
        size += len(body)
        try:
            results += read_bench_file(body, today)
        except UnexpectedResponseError as error:
            raise unexpected_field(
                NAME, f"{ACCEPTED}/{path.name}", "(whole)", "the file as it was accepted", error.reason
            ) from error
    return results, size


def _content(path: Path) -> bytes:
    """Return the content of a file; of one that is too large, one byte more than is allowed."""
    with path.open("rb") as file:
        return file.read(LARGEST_FILE_BYTES + 1)


def _move(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    path.replace(to)
