"""Replay the stored responses of an earlier collection without calling the service."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from requests.structures import CaseInsensitiveDict

from assets.http.client import Kind, Request, Response, Service
from assets.http.errors import ItemNotFoundError, UnexpectedResponseError
from assets.http.link_header import read_next
from assets.landing.responses import MANIFEST, SANDBOX_MARK, Removal, ResponseStore, StoredResponse, path_of
from assets.landing.walk_folder import DamagedLandingError, read_verified


class NotStoredError(ItemNotFoundError, UnexpectedResponseError):
    """No response is stored for a request: the item did not exist, or was not on the list, at that time."""


class ReplayedResponses(ResponseStore):
    """The stored responses in `folder`, for the requests that were sent at that time."""

    def __init__(self, folder: Path, source: str, number: int | None = None) -> None:
        """Read the responses of a collection; `number` is the number of its requests, if known.

        Raises:
            DamagedLandingError: a response is missing or has changed since it was stored.
        """
        self.folder = folder
        self.source = source
        self.stored: list[StoredResponse] = []
        self.unfit: set[str] = set()
        self._verified = _verified(folder, number)

    def fetch(self, service: Service, request: Request, without: Removal | None = None) -> Response:
        """Return the stored response to a request; nothing is sent. What `without` removed at that time is not in it.

        Raises:
            NotStoredError: no response is stored.
        """
        return self._find(path_of(request))

    def store_external(self, path: str, kind: Kind, send: Callable[[], Response]) -> Response:
        """Return the stored response to `path`; `send` is not called. Raises NotStoredError like `fetch`."""
        return self._find(path)

    def _find(self, path: str) -> Response:
        # The service may have had another address at that time, a mirror or the sandbox.
        found = next((pair for pair in self._verified if f"/{pair[0].url}".endswith(f"/{path}")), None)
        if found is None:
            raise NotStoredError(
                self.source,
                f"{path} is not among the responses in {self.folder}.",
                kept="the stored responses.",
                remedy="nothing, if it was added to the list later; otherwise restore the responses from a backup.",
                status=404,
            )
        stored, body = found
        self.stored.append(stored)
        return Response(
            url=stored.url,
            status=stored.status,
            headers=_headers(stored),
            body=body,
            packed=None,
            received_at=datetime.fromisoformat(stored.received_at),
            quota=None,
            next_url=read_next(stored.link or ""),
        )


def _verified(folder: Path, number: int | None) -> list[tuple[StoredResponse, bytes]]:
    verified: list[tuple[StoredResponse, bytes]] = []
    try:
        lines = (folder / MANIFEST).read_bytes().splitlines()
    except FileNotFoundError as error:
        raise DamagedLandingError(f"{folder / MANIFEST} is missing") from error
    # A response that is missing in the manifest would look like an item that did not exist.
    if number is not None and len(lines) != number:
        raise DamagedLandingError(f"{folder / MANIFEST} lists {len(lines)} responses, and {number} were stored")
    for place, line in enumerate(lines, 1):
        try:
            stored = msgspec.json.decode(line, type=StoredResponse)
        except msgspec.DecodeError as error:
            raise DamagedLandingError(f"{folder / MANIFEST}: line {place} cannot be read") from error
        body = read_verified(folder / stored.file, stored.sha256)
        if body is None:
            raise DamagedLandingError(f"{folder / stored.file} is missing or has changed since it was stored")
        verified.append((stored, body))
    return verified


def _headers(stored: StoredResponse) -> Mapping[str, str]:
    headers = {"Link": stored.link, "Location": stored.location, SANDBOX_MARK: "1" if stored.sandbox else None}
    return CaseInsensitiveDict({name: value for name, value in headers.items() if value is not None})
