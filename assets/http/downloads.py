"""Files too large for memory: downloaded to disk, continued where they broke off, and believed only by their SHA-256.

The client library of the Hub begins anew after an interruption, which of a file of more than a gigabyte is too much.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import requests
import tenacity
import urllib3

from assets.http import client
from assets.http.client import PASSING, Request, Service
from assets.http.errors import UnexpectedResponseError, UnreachableError

_CHUNK = 2**20
_ATTEMPTS = 8
_LONGEST_WAIT_S = 60.0
# As many attempts as that must together bring as much as this, or all that is missing: a trickle is no progress.
_LEAST_PROGRESS_BYTES = 2**20


class _BrokeOffError(Exception):
    """The download ended before its time; what came is on disk, and the next attempt continues behind it."""


def download(
    service: Service,
    request: Request,
    target: Path,
    size: int,
    sha256: str,
    on_bytes: Callable[[int], None] = lambda _bytes: None,
    wait_s: float = 1.0,
) -> Path:
    """Download a file of which size and SHA-256 are known; what an earlier attempt left in `<target>.part` is continued.

    `on_bytes` is told how many bytes are there, whenever some more have come.

    Raises:
        UnexpectedResponseError: the answer is a refusal, or the whole file is not what was announced.
        UnreachableError: it breaks off again and again, without any progress.
    """
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.replace(part)  # it was whole, and its reader died: it is looked at once more
    if part.exists() and part.stat().st_size > size:
        part.unlink()
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_BrokeOffError),
        stop=tenacity.stop_after_attempt(_ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=wait_s, max=_LONGEST_WAIT_S),
        reraise=True,
    )
    pieces = 1 if part.exists() else 0
    while _size(part) < size:
        before, pieces = _size(part), pieces + 1
        try:
            retrying(_continue, service, request, part, size, before, on_bytes)
        except _BrokeOffError as broke_off:
            raise UnreachableError(
                service.name,
                f"{request.url} breaks off again and again, the last time at byte {_size(part):,} of {size:,}: {broke_off}.",
                kept=f"what was downloaded, in {part}.",
                remedy="run it again: it continues there.",
            ) from None
    found = digest(part)
    if found != sha256:
        part.unlink()
        if pieces > 1:  # one of them was no part of it
            return download(service, request, target, size, sha256, on_bytes, wait_s)
        raise UnexpectedResponseError(
            service.name,
            f"{request.url} has the SHA-256 {found} instead of {sha256}, which was announced.",
            kept="everything that was there before; the damaged file was deleted.",
            remedy="run it again.",
        )
    return part.replace(target)


def digest(path: Path) -> str:
    """Give the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _continue(
    service: Service, request: Request, part: Path, size: int, before: int, on_bytes: Callable[[int], None]
) -> None:
    """Fetch what is missing; attempts that bring something more do not count against the next ones."""
    begin, enough = _size(part), min(size, before + _LEAST_PROGRESS_BYTES)
    try:
        with service.open(request, begin) as response:
            if response.status_code in PASSING:
                raise _BrokeOffError(f"status {response.status_code}")
            if response.status_code not in (200, 206):
                raise UnexpectedResponseError(
                    service.name,
                    f"status {response.status_code} for {request.url}.",
                    kept="everything that was there before.",
                    remedy="`tidegauge doctor` tells whether the service or the key has changed.",
                    status=response.status_code,
                )
            content_type = response.headers.get("Content-Type", "no content type")
            if not any(expected in content_type.lower() for expected in request.kind.content_types):
                raise _BrokeOffError(f"{content_type} came, where {request.kind.name} was due")
            place = response.headers.get("Content-Range", "")
            if response.status_code == 206 and not place.startswith(f"bytes {begin}-"):
                raise _BrokeOffError(f"another part of it came than the one from byte {begin:,} on")
            if response.status_code == 200 and begin:  # the range was passed over: from the beginning, then
                part.unlink()
            with part.open("ab") as file:
                deadline, goal = time.monotonic() + client.ANSWER_TIMEOUT_S, file.tell() + _LEAST_PROGRESS_BYTES
                while piece := response.raw.read1(_CHUNK, decode_content=False):
                    file.write(piece)
                    if file.tell() >= goal:
                        deadline, goal = (
                            time.monotonic() + client.ANSWER_TIMEOUT_S,
                            file.tell() + _LEAST_PROGRESS_BYTES,
                        )
                    elif time.monotonic() > deadline:
                        raise requests.Timeout(
                            f"less than {_LEAST_PROGRESS_BYTES:,} bytes in {client.ANSWER_TIMEOUT_S} s"
                        )
                    if file.tell() > size:
                        raise UnexpectedResponseError(
                            service.name,
                            f"{request.url} is larger than the {size:,} bytes that were announced.",
                            kept="everything that was there before.",
                            remedy="run it again.",
                        )
                    on_bytes(file.tell())
    except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
        if _size(part) < enough:
            raise _BrokeOffError(type(error).__name__) from error
        return  # enough came: the caller goes on from there with all its patience
    if _size(part) < enough:
        raise _BrokeOffError("it ended early")
