"""The inbox: a folder into which users drop result files.

A file that fits moves to `accepted/`, unchanged, under the SHA-256 of its text. A file that does not fit moves to
`rejected/`, with the reason in a file next to it. A file that does not name its hardware stays, with a request for it in
`needs_hardware/`, until the user states it. A hidden file, or one that is still being written, stays where it is.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec

from assets.http.errors import UnexpectedResponseError, unexpected_field
from assets.inference.bench_files import LARGEST_FILE_BYTES, read_bench_file, why
from assets.inference.bench_text import NAME, digest
from assets.inference.inference_result import InferenceResult
from assets.inference.stated_hardware import (
    LARGEST_SIDECAR_BYTES,
    NOTHING_STATED,
    StatedHardware,
    encoded,
    is_sidecar,
    read_sidecar,
    sidecar_names,
    stated_in_name,
)

ACCEPTED, REJECTED, NEEDS_HARDWARE = "accepted", "rejected", "needs_hardware"
# A file that has not changed for so long is complete.
SETTLED_AFTER_S = 1.0
# Beside an accepted file: the hardware that the user stated for it.
_STATED = ".hardware.json"


@dataclass
class Sorted:
    """Names of the files in the inbox, by outcome."""

    accepted: list[str] = field(default_factory=list[str])
    rejected: list[str] = field(default_factory=list[str])
    unfinished: list[str] = field(default_factory=list[str])
    needs_hardware: list[str] = field(default_factory=list[str])


def waiting(inbox: Path) -> dict[str, tuple[int, int]]:
    """Return the files that wait in the inbox, each with the time of its last change (ns) and its size in bytes."""
    found: dict[str, tuple[int, int]] = {}
    for path in sorted(inbox.glob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            state = path.stat()
            found[path.name] = (state.st_mtime_ns, state.st_size)
    return found


def sort_inbox(inbox: Path, today: date, sleep: Callable[[float], None] = time.sleep) -> Sorted:
    """Move every complete file of the inbox to `accepted/` or `rejected/`, unless its hardware is not known."""
    outcome = Sorted()
    before = waiting(inbox)
    if any(time.time() - changed / 1e9 < SETTLED_AFTER_S for changed, _ in before.values()):
        sleep(SETTLED_AFTER_S)
    after = waiting(inbox)
    for name in before:
        if any(after.get(one) != before.get(one) for one in (name, *sidecar_names(name))):
            outcome.unfinished.append(name)
        elif not is_sidecar(name):
            _sort(inbox, name, today, outcome)
    _remove_old_requests(inbox, outcome.needs_hardware)
    return outcome


def _sort(inbox: Path, name: str, today: date, outcome: Sorted) -> None:
    body = _content(inbox / name)
    sidecar = next((found for beside in sidecar_names(name) if (found := inbox / beside).is_file()), None)
    try:
        results = read_bench_file(body, today)
    except UnexpectedResponseError as error:
        _move(inbox / name, inbox / REJECTED / name)
        (inbox / REJECTED / f"{name}.reason.txt").write_text(why(error), encoding="utf-8")
        outcome.rejected.append(name)
        return
    told, problem = NOTHING_STATED, None
    try:
        told = _merged(stated_in_name(name), _read_sidecar(sidecar))
    except UnexpectedResponseError as error:
        problem = error
    if told.hardware is None and any(result.hardware is None for result in results):
        _request_hardware(inbox, name, problem)
        outcome.needs_hardware.append(name)
        return
    accepted = inbox / ACCEPTED / f"{digest(body)}.json"
    if told != NOTHING_STATED:
        accepted.parent.mkdir(parents=True, exist_ok=True)
        accepted.with_suffix(_STATED).write_bytes(encoded(told))
    _move(inbox / name, accepted)
    if sidecar is not None:
        sidecar.unlink()
    outcome.accepted.append(name)


def _read_sidecar(sidecar: Path | None) -> StatedHardware:
    if sidecar is None or sidecar.is_symlink():
        return NOTHING_STATED
    return read_sidecar(_content(sidecar, LARGEST_SIDECAR_BYTES), sidecar.name)


def _merged(first: StatedHardware, second: StatedHardware) -> StatedHardware:
    """Return what the second states, completed by the first."""
    given = {name: value for name, value in msgspec.structs.asdict(second).items() if value is not None}
    return msgspec.structs.replace(first, **given)


def _request_hardware(inbox: Path, name: str, problem: UnexpectedResponseError | None) -> None:
    wrong = f"{why(problem)}\n" if problem else ""
    request = (
        f"{wrong}{name} is a valid result, but it does not say on which hardware it was measured. It waits in the inbox.\n"
        f"To do, one of these:\n"
        f"* write the hardware into the file {name}.hardware.txt beside it: H100 in the first line, then, if you like, lines "
        f"such as gpus=8, precision=fp8, framework=vllm;\n"
        f"* or put it into the file's name, such as: run1 hardware=H100 gpus=8.json;\n"
        f"* next time: vllm bench serve --metadata hardware=H100 gpus=8 precision=fp8\n"
    )
    note = inbox / NEEDS_HARDWARE / f"{name}.txt"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(request, encoding="utf-8")


def _remove_old_requests(inbox: Path, names: Sequence[str]) -> None:
    for note in (inbox / NEEDS_HARDWARE).glob("*.txt"):
        if note.name.removesuffix(".txt") not in names:
            note.unlink()


def read_accepted(inbox: Path, today: date) -> tuple[Sequence[InferenceResult], int]:
    """Return the results of every accepted file, and the number of bytes read.

    Raises:
        UnexpectedResponseError: a file has changed since it was accepted.
    """
    results: list[InferenceResult] = []
    size = 0
    for path in sorted((inbox / ACCEPTED).glob("*.json")):
        if path.name.endswith(_STATED):
            continue
        body = path.read_bytes()
        size += len(body)
        told = path.with_suffix(_STATED)
        try:
            stated = read_sidecar(told.read_bytes(), told.name) if told.exists() else NOTHING_STATED
            results += read_bench_file(body, today, stated)
        except UnexpectedResponseError as error:
            raise unexpected_field(
                NAME, f"{ACCEPTED}/{path.name}", "(whole)", "the file as it was accepted", error.reason
            ) from error
    return results, size


def _content(path: Path, largest: int = LARGEST_FILE_BYTES) -> bytes:
    """Return the content of a file; of one that is too large, one byte more than is allowed."""
    with path.open("rb") as file:
        return file.read(largest + 1)


def _move(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    path.replace(to)
