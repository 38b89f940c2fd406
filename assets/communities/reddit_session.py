"""The HTTP session for PRAW: limited in time, size and hosts; it keeps the last response as received."""

import io
import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from assets.http.addresses import is_private
from assets.http.session import TimeLimitedSession, contains_secret

_TIMEOUT_S = (10, 30)
_RESPONSE_TIMEOUT_S = 60
_LARGEST_RESPONSE_BYTES = 8 * 2**20


class RecordingSession(TimeLimitedSession):
    """Sends requests to `addresses` only; `path`, `status`, `received_headers` and `body` are those of the last response.

    `repeats_a_key` is true if that response contains a private value or the token of its request.

    A redirect never carries the key. The headers of the quota are removed from the response: PRAW would sleep for as long
    as they say, and a single request needs no pacing.
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
        """Send a request, and read the response within the limits.

        Raises:
            requests.RequestException: the request is for another host or not encrypted, or the response is too large
                or slow.
        """
        url = request.url or ""
        self._begin(urlsplit(url).path, str(request.headers.get("Authorization", "")))
        if not url.startswith(self._addresses):
            raise requests.exceptions.InvalidURL("the request is for another host")
        if not is_private(url):  # PRAW sends the client's secret or a token with each request
            raise requests.exceptions.InvalidURL("the key would be sent in plain text: give the address with https")
        with self.time_limit(_RESPONSE_TIMEOUT_S):
            response = super().send(request, **{**kwargs, "stream": True, "timeout": _TIMEOUT_S})
            self.status, self.received_headers = response.status_code, response.headers.copy()
            with response:
                self.body = _read(response)
        self.repeats_a_key = contains_secret(self._keys, response, self.body)
        if self.timed_out:  # a part of the body would look like all of it
            raise requests.Timeout(f"the response took longer than {_RESPONSE_TIMEOUT_S} s")
        response.raw = io.BytesIO(self.body)
        for name in [name for name in response.headers if name.lower().startswith("x-ratelimit-")]:
            del response.headers[name]
        return response


def _read(response: requests.Response) -> bytes:
    deadline = time.monotonic() + _RESPONSE_TIMEOUT_S
    body = bytearray()
    while piece := response.raw.read1(
        2**16, decode_content=False
    ):  # whatever has arrived, so that a slow trickle meets the deadline
        body += piece
        if len(body) > _LARGEST_RESPONSE_BYTES:
            raise requests.RequestException(f"the response is larger than {_LARGEST_RESPONSE_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise requests.RequestException(f"the response took longer than {_RESPONSE_TIMEOUT_S} s")
    return bytes(body)
