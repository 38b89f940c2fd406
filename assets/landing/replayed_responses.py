"""The answers of an earlier collection, given once more: read from where they were landed, and asked of nobody."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from requests.structures import CaseInsensitiveDict

from assets.http.client import Kind, Request, Response, Service
from assets.http.errors import ItemNotFoundError, UnexpectedResponseError
from assets.http.link_header import read_next
from assets.landing.responses import MANIFEST, SANDBOX_MARK, Removal, ResponseStore, StoredResponse, path_of
from assets.landing.walk_folder import DamagedLandingError, unpacked


class NotStoredError(ItemNotFoundError, UnexpectedResponseError):
    """What is asked for is not landed: the service did not have it then, or it was not on the list of then."""


class ReplayedResponses(ResponseStore):
    """The answers in `folder`, for whoever asks what was asked then; what was not asked then is absent."""

    def __init__(self, folder: Path, source: str, number: int | None = None) -> None:
        """Take up the answers of a collection; `number` is how many it had, where that is known.

        Raises:
            DamagedLandingError: an answer is missing, or is not what was landed.
        """
        self.folder = folder
        self.source = source
        self.stored: list[StoredResponse] = []
        self._held = _verified(folder, number)

    def fetch(self, service: Service, request: Request, without: Removal | None = None) -> Response:
        """Give what a service answered then; nothing is sent, and what was taken out then is not in it.

        Raises:
            NotStoredError: it is not landed.
        """
        return self._given(path_of(request))

    def store_external(self, path: str, kind: Kind, ask: Callable[[], Response]) -> Response:
        """Give what `path` answered then. Raises NotStoredError like `fetch`."""
        return self._given(path)

    def _given(self, asked: str) -> Response:
        # The service may have been at another address then, a mirror or a sandbox.
        found = next((pair for pair in self._held if f"/{pair[0].url}".endswith(f"/{asked}")), None)
        if found is None:
            raise NotStoredError(
                self.source,
                f"{asked} is not among the answers in {self.folder}.",
                kept="the answers that are there.",
                remedy="nothing, if it was put on the list since; else bring the answers back from a backup.",
                status=404,
            )
        landed, body = found
        self.stored.append(landed)
        return Response(
            url=landed.url,
            status=landed.status,
            headers=_headers(landed),
            body=body,
            packed=None,
            received_at=datetime.fromisoformat(landed.received_at),
            quota=None,
            next_url=read_next(landed.link or ""),
        )


def _verified(folder: Path, number: int | None) -> list[tuple[StoredResponse, bytes]]:
    held: list[tuple[StoredResponse, bytes]] = []
    try:
        lines = (folder / MANIFEST).read_bytes().splitlines()
    except FileNotFoundError as error:
        raise DamagedLandingError(f"{folder / MANIFEST} is missing") from error
    # An answer that no line names would pass for one that the service did not have.
    if number is not None and len(lines) != number:
        raise DamagedLandingError(f"{folder / MANIFEST} names {len(lines)} answers, and {number} were landed")
    for place, line in enumerate(lines, 1):
        try:
            landed = msgspec.json.decode(line, type=StoredResponse)
        except msgspec.DecodeError as error:
            raise DamagedLandingError(f"{folder / MANIFEST}: line {place} cannot be read") from error
        body = unpacked(folder / landed.file, landed.sha256)
        if body is None:
            raise DamagedLandingError(f"{folder / landed.file} is missing, or is not what was landed")
        held.append((landed, body))
    return held


def _headers(landed: StoredResponse) -> Mapping[str, str]:
    told = {"Link": landed.link, "Location": landed.location, SANDBOX_MARK: "1" if landed.sandbox else None}
    return CaseInsensitiveDict({name: value for name, value in told.items() if value is not None})
