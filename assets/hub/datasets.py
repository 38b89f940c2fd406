"""Files of data sets on the Hugging Face Hub: their requests and expected columns (`parquet_columns` reads them).

The Hub redirects a file to its storage, which is another host: our headers are not sent there.
"""

from dataclasses import dataclass
from typing import Literal

import requests

from assets.http.client import PARQUET, TRANSIENT_STATUSES, Request, Service
from assets.http.errors import UnexpectedResponseError, UnreachableError
from assets.http.hub_service import PUBLIC_ADDRESSES, hub_headers

LARGEST_FILE_BYTES = 512 * 2**20
_END_BYTES = 2**16
_LARGEST_FOOTER_BYTES = 16 * 2**20
# A footer is followed by its length, in four bytes, and by the mark of the format.
_AFTER_FOOTER_BYTES = 8
_KEPT = "everything that was there before."


@dataclass(frozen=True)
class Expected:
    """Expected type of a column: text, finite numbers, whole numbers, days (also text as YYYY-MM-DD), or booleans.

    `nan_is_null`: a number that is NaN is a missing one, as data frames write it.
    """

    kind: Literal["text", "number", "whole", "day", "flag"]
    required: bool = True
    nan_is_null: bool = False


def dataset_service(source: str, endpoint: str, token: str | None) -> Service:
    """Return a client of the Hub at `endpoint` for a source that is a data set there."""
    return Service(source, endpoint, hub_headers(token), known_as=PUBLIC_ADDRESSES, spacing_s=1.0, attempts=4)


def parquet_file(dataset: str, path: str, revision: str = "main") -> Request:
    """Return the request for a Parquet file of a data set, at its main branch or at a commit."""
    return Request(
        f"datasets/{dataset}/resolve/{revision}/{path}", kind=PARQUET, follow=True, largest_bytes=LARGEST_FILE_BYTES
    )


def read_end(service: Service, request: Request) -> bytes:
    """Return the last bytes of a Parquet file, with the whole footer, without downloading the rest.

    A file that is not longer, or whose host ignores a range, is returned whole.

    Raises:
        UnexpectedResponseError: the status is not accepted, the size is not stated, or another range was sent.
        UnreachableError: there is no response, or only a transient error.
    """
    try:
        with _opened(service, request) as response:
            length = response.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal():
            raise _unexpected(service, request, f"no size is stated (Content-Length {length!r})")
        size = int(length)
        end = _read_from(service, request, max(0, size - _END_BYTES))
        missing = int.from_bytes(end[-_AFTER_FOOTER_BYTES:][:4], "little") + _AFTER_FOOTER_BYTES - len(end)
        if missing > 0 and len(end) < size and len(end) + missing <= min(size, _LARGEST_FOOTER_BYTES):
            end = _read_from(service, request, size - len(end) - missing)
    except (requests.ConnectionError, requests.Timeout) as error:
        raise UnreachableError(
            service.name, f"no whole response for {request.url}: {type(error).__name__}.", kept=_KEPT,
            remedy="try again when the service is back.",
        ) from None  # fmt: skip
    return end


def _read_from(service: Service, request: Request, begin: int) -> bytes:
    with _opened(service, request, begin) as response:
        place = response.headers.get("Content-Range", "")
        if response.status_code == 206 and not place.startswith(f"bytes {begin}-"):
            raise _unexpected(service, request, f"the range from {begin:,} was requested, and {place!r} sent")
        body = bytearray()
        for piece in response.iter_content(2**18):
            body += piece
            if len(body) > request.largest_bytes:
                raise _unexpected(service, request, f"the response is larger than {request.largest_bytes:,} bytes")
    return bytes(body)


def _opened(service: Service, request: Request, begin: int = 0) -> requests.Response:
    response = service.open(request, begin)
    if response.status_code in (200, 206):
        return response
    response.close()
    if response.status_code in TRANSIENT_STATUSES:
        raise UnreachableError(
            service.name, f"status {response.status_code} for {request.url}.", kept=_KEPT,
            remedy="try again when the service is back.", status=response.status_code,
        )  # fmt: skip
    raise _unexpected(service, request, f"status {response.status_code}", response.status_code)


def _unexpected(service: Service, request: Request, what: str, status: int | None = None) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        service.name, f"{request.url}: {what}.", kept=_KEPT, status=status,
        remedy="look whether the data set was moved, or has other files now.",
    )  # fmt: skip
