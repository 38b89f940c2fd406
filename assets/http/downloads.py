"""Downloads of files too large for memory: to disk, resumable, and verified by SHA-256.

The Hub's client library starts from the first byte after an interruption, which is too slow for gigabytes.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import requests
import tenacity
import urllib3

from assets.http import client
from assets.http.client import TRANSIENT_STATUSES, Request, Service
from assets.http.errors import UnexpectedResponseError, UnreachableError

_CHUNK = 2**20
_ATTEMPTS = 8
_LONGEST_WAIT_S = 60.0
# _ATTEMPTS attempts must together receive at least this much, or all that is missing: less is no progress.
_LEAST_PROGRESS_BYTES = 2**20


class _InterruptedError(Exception):
    """The download was interrupted; the received part is on disk, and the next attempt continues after it."""


def download(
    service: Service,
    request: Request,
    target: Path,
    size: int,
    sha256: str,
    on_bytes: Callable[[int], None] = lambda _bytes: None,
    wait_s: float = 1.0,
) -> Path:
    """Download a file of known size and SHA-256; continue the `<target>.part` of an earlier attempt.

    `on_bytes` is called with the number of bytes received so far.

    Raises:
        UnexpectedResponseError: the status is not accepted, or the complete file has another SHA-256.
        UnreachableError: every attempt is interrupted, without progress.
    """
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.replace(part)  # complete, but its reader died: verify it again
    if part.exists() and part.stat().st_size > size:
        part.unlink()
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_InterruptedError),
        stop=tenacity.stop_after_attempt(_ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=wait_s, max=_LONGEST_WAIT_S),
        reraise=True,
    )
    pieces = 1 if part.exists() else 0
    while _size(part) < size:
        before, pieces = _size(part), pieces + 1
        try:
            retrying(_continue, service, request, part, size, before, on_bytes)
        except _InterruptedError as error:
            raise UnreachableError(
                service.name,
                f"{request.url} is interrupted at every attempt, the last time at byte {_size(part):,} of {size:,}: {error}.",
                kept=f"the downloaded part, in {part}.",
                remedy="run it again: the download continues there.",
            ) from None
    found = digest(part)
    if found != sha256:
        part.unlink()
        if pieces > 1:  # one of the parts belongs to another version of the file
            return download(service, request, target, size, sha256, on_bytes, wait_s)
        raise UnexpectedResponseError(
            service.name,
            f"{request.url} has the SHA-256 {found} instead of the announced {sha256}.",
            kept="everything that was there before; the damaged file was deleted.",
            remedy="run it again.",
        )
    return part.replace(target)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _continue(
    service: Service, request: Request, part: Path, size: int, before: int, on_bytes: Callable[[int], None]
) -> None:
    """Download the missing part; an attempt with enough progress does not use up the retries."""
    begin, enough = _size(part), min(size, before + _LEAST_PROGRESS_BYTES)
    try:
        with service.open(request, begin) as response:
            if response.status_code in TRANSIENT_STATUSES:
                raise _InterruptedError(f"status {response.status_code}")
            if response.status_code not in (200, 206):
                raise UnexpectedResponseError(
                    service.name,
                    f"status {response.status_code} for {request.url}.",
                    kept="everything that was there before.",
                    remedy="`tidegauge doctor` checks whether the service or the key has changed.",
                    status=response.status_code,
                )
            content_type = response.headers.get("Content-Type", "no content type")
            if not any(expected in content_type.lower() for expected in request.kind.content_types):
                raise _InterruptedError(f"the response is {content_type} instead of {request.kind.name}")
            place = response.headers.get("Content-Range", "")
            if response.status_code == 206 and not place.startswith(f"bytes {begin}-"):
                raise _InterruptedError(f"the response is another byte range than the one from {begin:,}")
            if response.status_code == 200 and begin:  # the service ignored the range and sends the whole file
                part.unlink()
            with part.open("ab") as file:
                deadline, goal = time.monotonic() + client.RESPONSE_TIMEOUT_S, file.tell() + _LEAST_PROGRESS_BYTES
                while piece := response.raw.read1(_CHUNK, decode_content=False):
                    file.write(piece)
                    if file.tell() >= goal:
                        deadline, goal = (
                            time.monotonic() + client.RESPONSE_TIMEOUT_S,
                            file.tell() + _LEAST_PROGRESS_BYTES,
                        )
                    elif time.monotonic() > deadline:
                        raise requests.Timeout(
                            f"less than {_LEAST_PROGRESS_BYTES:,} bytes in {client.RESPONSE_TIMEOUT_S} s"
                        )
                    if file.tell() > size:
                        raise UnexpectedResponseError(
                            service.name,
                            f"{request.url} is larger than the announced {size:,} bytes.",
                            kept="everything that was there before.",
                            remedy="run it again.",
                        )
                    on_bytes(file.tell())
    except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
        if _size(part) < enough:
            raise _InterruptedError(type(error).__name__) from error
        return  # enough progress: the caller continues with all retries
    if _size(part) < enough:
        raise _InterruptedError("it ended early")
