"""The HTTP session that PRAW asks with: bounded, bound to its hosts, and it keeps the last answer as it came."""

import io
import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from assets.http.session import CutSession, repeats

_TIMEOUT_S = (10, 30)
_ANSWER_TIMEOUT_S = 60
_LARGEST_ANSWER_BYTES = 8 * 2**20


class RecordingSession(CutSession):
    """Goes to `addresses` alone; `path`, `status`, `received_headers` and `body` are those of the last answer.

    `repeats_a_key` says whether that answer holds what is private, or the token that it was asked with.

    The key is never sent along with a redirect; size and time of an answer are bounded. The quota's headers are taken
    out of it: PRAW would sleep for as long as they say, and in a single request there is nothing to pace.
    """

    def __init__(self, addresses: Collection[str], private: Collection[str]) -> None:
        super().__init__(next(iter(addresses)))
        self.headers["Accept-Encoding"] = "identity"
        self._addresses = tuple(f"{address}/" for address in addresses)
        self._private = tuple(private)
        self._begin("", "")

    def _begin(self, path: str, authorization: str) -> None:
        self.path = path
        self.status: int | None = None
        self.received_headers: Mapping[str, str] = {}
        self.body = b""
        self.repeats_a_key = False
        self._keys = (*self._private, authorization.partition(" ")[2])

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - as requests has it
        """Send, and read the answer within bounds.

        Raises:
            requests.RequestException: another host was to be asked, or the answer is too large or takes too long.
        """
        url = request.url or ""
        self._begin(urlsplit(url).path, str(request.headers.get("Authorization", "")))
        if not url.startswith(self._addresses):
            raise requests.exceptions.InvalidURL("another host was to be asked")
        with self.within(_ANSWER_TIMEOUT_S):
            response = super().send(request, **{**kwargs, "stream": True, "timeout": _TIMEOUT_S})
            self.status, self.received_headers = response.status_code, response.headers.copy()
            with response:
                self.body = _read(response)
        self.repeats_a_key = repeats(self._keys, response, self.body)
        if self.is_cut:  # what came until then would pass for all of it
            raise requests.Timeout(f"the answer took longer than {_ANSWER_TIMEOUT_S} s")
        response.raw = io.BytesIO(self.body)
        for name in [name for name in response.headers if name.lower().startswith("x-ratelimit-")]:
            del response.headers[name]
        return response


def _read(response: requests.Response) -> bytes:
    deadline = time.monotonic() + _ANSWER_TIMEOUT_S
    body = bytearray()
    while piece := response.raw.read1(2**16, decode_content=False):  # what is there, so that a trickle is noticed
        body += piece
        if len(body) > _LARGEST_ANSWER_BYTES:
            raise requests.RequestException(f"the answer is larger than {_LARGEST_ANSWER_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise requests.RequestException(f"the answer took longer than {_ANSWER_TIMEOUT_S} s")
    return bytes(body)
