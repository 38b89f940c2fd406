"""One request, done properly: timeouts, bounded retries, the service's pace, one host, a bounded body."""

import codecs
import hashlib
import random
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import requests
import tenacity
import urllib3
from isal import igzip_lib, isal_zlib
from requests.structures import CaseInsensitiveDict

from assets.http.addresses import is_loopback
from assets.http.errors import SourceError, UnexpectedResponseError, UnreachableError
from assets.http.link_header import read_next
from assets.http.rate_limit import Pace, Quota, read_quota, read_retry_after, read_retry_after_in_body
from assets.http.session import TimeLimitedSession, contains_secret

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
ANSWER_TIMEOUT_S = 300
LARGEST_ANSWER_BYTES = 64 * 2**20
ATTEMPTS = 6
LONGEST_WAIT_S = 600
FIRST_WAIT_S = 1.0
JITTER_S = 0.5
PASSING = frozenset({408, 425, 429, *range(500, 600)})
MOST_REDIRECTS = 3
_EXCERPT = 200
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_KEPT = "everything that was there before."


@dataclass(frozen=True)
class Kind:
    """A kind of content: its name, and what its Content-Type contains."""

    name: str
    content_types: tuple[str, ...]
    suffix: str


JSON = Kind("JSON", ("json",), "json")
CSV = Kind("CSV", ("csv", "text/plain", "octet-stream"), "csv")
XML = Kind("XML", ("xml",), "xml")
ZIP = Kind("a zip archive", ("zip", "octet-stream"), "zip")
PARQUET = Kind("Parquet", ("parquet", "octet-stream"), "parquet")
TEXT = Kind("plain text", ("text/plain", "octet-stream"), "txt")


@dataclass(frozen=True)
class Request:
    """What is asked, and what is due: the address, the kind of content, and which uncommon answers are answers too.

    `follow` lets a redirect lead elsewhere, as downloads do; none of our headers go there. `unless_changed_from` are
    the headers of the answer that is held already: a 304 says that it still stands. `largest_bytes` bounds the body.
    `also` are statuses beside 200 that say something too, such as 404 for what is gone; their body may be of any kind.
    `anew` is for an answer that may say something new in its headers while its body has not changed.
    """

    url: str
    params: Mapping[str, str | list[str]] = field(default_factory=dict[str, str | list[str]])
    kind: Kind = JSON
    follow: bool = False
    largest_bytes: int = field(default_factory=lambda: LARGEST_ANSWER_BYTES)
    unless_changed_from: Mapping[str, str] | None = None
    also: frozenset[int] = frozenset()
    anew: bool = False


@dataclass(frozen=True)
class Response:
    """An answer with status 200, or another where that was asked for: its address, headers, body, and when it was there.

    `packed` is the body as it came over the wire, if it came as gzip.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    packed: bytes | None
    received_at: datetime
    quota: Quota | None
    next_url: str | None


class _PassingTrouble(Exception):
    """Something that may be over at the next attempt; `wait_s` is what the service asked for."""

    def __init__(self, what: str, wait_s: float | None = None, status: int | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s
        self.status = status


class Service:
    """A web service: asked politely, at its own pace, and only ever at the host that was configured.

    `headers` go with every request, to this host alone: redirects are not followed, and an address that names another
    host is refused before anything is sent. A service that is asked at a mirror goes on naming its public address in
    its links: `known_as` says which that is, and such a link is followed at the mirror. `spacing_s` is the shortest time
    between two requests that the service allows; one on loopback needs none. Two hosts that share one limit share the
    `pace` of the first.

    What an answer repeats of our key, or of what else is `private`, is never kept, and never told.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        known_as: str | None = None,
        spacing_s: float = 0.0,
        attempts: int = ATTEMPTS,
        sleep: Callable[[float], None] = time.sleep,
        pace: Pace | None = None,
        private: Collection[str] = (),
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self._known_as = known_as
        self._headers = headers
        key = CaseInsensitiveDict(headers).get("Authorization", "").removeprefix("Bearer ")
        self._private = tuple(filter(None, (key, *private)))
        self._spacing_s = spacing_s
        self.pace = pace or Pace(sleep=sleep, spacing_s=0.0 if is_loopback(self.base_url) else spacing_s)
        self._attempts = attempts
        self._sleep = sleep
        self._session = TimeLimitedSession(self.base_url)
        self._session.headers.update(headers)

    def single_attempt(self) -> "Service":
        """Give the same service for a question that is asked once only, and outside the pace of the others."""
        return Service(
            self.name,
            self.base_url,
            self._headers,
            known_as=self._known_as,
            spacing_s=self._spacing_s,
            attempts=1,
            sleep=self._sleep,
            private=self._private,
        )

    def get(self, url: str, params: Mapping[str, str | list[str]] | None = None) -> Response:
        """Ask for the JSON at `url` (absolute, or a path below the base address). Raises like `ask`."""
        return self.send(Request(url, params or {}))

    def send(self, request: Request) -> Response:
        """Ask until there is an answer, or patience ends.

        Raises:
            UnexpectedResponseError: another host was named, or the answer is a redirect, a refusal, or of another kind.
            UnreachableError: no usable answer after all attempts.
        """
        address = self._at_home(request.url)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_PassingTrouble),
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._ask, address, request)
        except _PassingTrouble as trouble:
            raise UnreachableError(
                self.name,
                f"no usable answer from {_host(address)} after {self._attempts} attempts; the last one: {trouble}.",
                kept=_KEPT,
                remedy="run the refresh again when the service is back; `tidegauge doctor` tells.",
                status=trouble.status,
            ) from None

    def open(self, request: Request, from_byte: int = 0) -> requests.Response:
        """Ask once for something large, and give the answer with its body still to be read, from a byte on if that is asked.

        Raises:
            UnexpectedResponseError: another host was named, or the download leads where it must not.
            requests.ConnectionError, requests.Timeout: nothing came.
        """
        self.pace.wait()
        # A part of a file is a part of its own bytes: packed, its place would mean nothing.
        wanted = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={from_byte}-"} if from_byte else {})
        return self._response(self._at_home(request.url), request, wanted)[0]

    def _at_home(self, named: str) -> str:
        address = self._joined(f"{self.base_url}/", named)
        if self._known_as and _origin(address) == _origin(self._known_as):
            address = urlsplit(address)._replace(scheme="", netloc="").geturl()
            address = urljoin(f"{self.base_url}/", address)
        if _origin(address) != _origin(self.base_url):
            raise UnexpectedResponseError(
                self.name,
                f"the service named an address on another host ({_host(address)} instead of {_host(self.base_url)}); "
                "nothing was sent there.",
                kept=_KEPT,
                remedy="look at the last landed answer; if the service has moved, set its address in the settings.",
            )
        return address

    def _ask(self, url: str, request: Request) -> Response:
        started, session = self.pace.wait(), self._session
        try:
            response, session, sha256 = self._response(url, request)
            with response, session.time_limit(ANSWER_TIMEOUT_S):
                body, packed = _body(response, request.largest_bytes)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            if not session.timed_out:
                said = _plain(error)  # it may quote what came in place of an answer
                told = (
                    type(error).__name__
                    if any(word in said for word in self._private)
                    else f"{type(error).__name__}: {said}"
                )
                raise _PassingTrouble(told) from None
        if session.timed_out:  # what came until then may pass for all of it
            raise _PassingTrouble(f"the answer took longer than {ANSWER_TIMEOUT_S} s")
        quota = read_quota(response.headers)
        self.pace.answered(started, quota)
        if contains_secret(self._private, response, body):
            raise self._unexpected(
                f"the answer, status {response.status_code}, repeats our own key or contact; it was not kept"
            )
        if response.status_code in PASSING:
            raise _PassingTrouble(_told(response, body), _asked_wait(response, quota, body), response.status_code)
        held = response.status_code == 304 and request.unless_changed_from is not None
        due = response.status_code == 200
        if not due and not held and response.status_code not in request.also:
            raise self._unexpected(_told(response, body), response.status_code)
        content_type = response.headers.get("Content-Type", "no content type")
        if due and not any(expected in content_type.lower() for expected in request.kind.content_types):
            raise _PassingTrouble(f"{_told(response, body)}, which is {content_type} where {request.kind.name} was due")
        if due and sha256 and hashlib.sha256(body).hexdigest() != sha256:
            raise _PassingTrouble(f"what came is not the file with the SHA-256 {sha256}, which was announced")
        following = read_next(response.headers.get("Link", ""))
        return Response(
            url=response.url,
            status=response.status_code,
            headers=response.headers,
            body=body,
            packed=packed,
            received_at=datetime.now(UTC),
            quota=quota,
            next_url=self._joined(response.url, following) if following else None,
        )

    def _response(
        self, url: str, request: Request, wanted: Mapping[str, str] | None = None
    ) -> tuple[requests.Response, TimeLimitedSession, str | None]:
        """Give the answer with its body still to be read, its session, and its SHA-256 if a redirect announced one."""
        session, conditions = self._session, {**_conditions(request.unless_changed_from), **(wanted or {})}
        sha256: str | None = None
        for _ in range(MOST_REDIRECTS + 1):
            response = self._head(session, url, request, conditions)
            if not request.follow or response.status_code not in (301, 302, 303, 307, 308):
                return response, session, sha256
            response.close()
            if contains_secret(self._private, response, b""):
                raise self._unexpected("the download was to come from an address that repeats our own key")
            # The Hub says of a file that lies elsewhere what it must be.
            announced = _SHA256.fullmatch(response.headers.get("X-Linked-ETag", ""))
            sha256 = announced[1] if announced else sha256
            if not response.headers.get("Location"):
                raise self._unexpected(f"{_host(url)} redirects, and does not say where to", response.status_code)
            url = self._joined(response.url, response.headers["Location"])
            if urlsplit(url).scheme != "https" and not (is_loopback(url) and is_loopback(self.base_url)):
                raise self._unexpected(f"the download was to come from {_host(url)}, which is not https", 302)
            # Where a download leads, none of our headers go: the address alone lets it be read.
            session = TimeLimitedSession(url)
        raise self._unexpected(f"{_host(url)} redirects more than {MOST_REDIRECTS} times", response.status_code)

    def _head(
        self, session: TimeLimitedSession, url: str, request: Request, headers: Mapping[str, str]
    ) -> requests.Response:
        try:
            with session.time_limit(ANSWER_TIMEOUT_S):
                response = session.get(
                    url,
                    params=request.params if session is self._session else None,
                    headers=headers,
                    timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                    stream=True,
                )
        except (requests.ConnectionError, requests.Timeout):
            raise
        except (requests.RequestException, ValueError) as error:
            raise self._unexpected(f"the address {url[:_EXCERPT]!r} cannot be asked ({type(error).__name__})") from None
        if session.timed_out:  # what came of the head would pass for all of it
            response.close()
            raise requests.Timeout(f"the head of the answer took longer than {ANSWER_TIMEOUT_S} s")
        return response

    def _joined(self, base: str, named: str) -> str:
        """Give the address that `named` means, seen from `base`."""
        try:
            address = urljoin(base, named)
            _ = urlsplit(address).port
        except ValueError as error:
            raise self._unexpected(f"the service named {named[:_EXCERPT]!r}, which is no address") from error
        return address

    def _unexpected(self, what: str, status: int | None = None) -> SourceError:
        remedy = "`tidegauge doctor` tells whether the service or the key has changed."
        return UnexpectedResponseError(self.name, f"{what}.", kept=_KEPT, remedy=remedy, status=status)


def _body(response: requests.Response, largest: int) -> tuple[bytes, bytes | None]:
    """Read a body, and its gzip form if it has one: neither size nor trickle is without bound, and gzip must be whole."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding not in ("identity", "gzip"):
        raise _PassingTrouble("the answer is encoded in a way that was not asked for")
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    wire = bytearray()
    while piece := response.raw.read1(2**18, decode_content=False):  # what is there, so that a trickle is noticed
        wire += piece
        if len(wire) > largest:
            raise _PassingTrouble(f"the answer is larger than {largest:,} bytes")
        if time.monotonic() > deadline:
            raise _PassingTrouble(f"the answer took longer than {ANSWER_TIMEOUT_S} s")
    if encoding == "identity":
        return bytes(wire).removeprefix(codecs.BOM_UTF8), None
    unzip = isal_zlib.decompressobj(wbits=31)
    try:
        body = unzip.decompress(wire, largest + 1)
    except igzip_lib.IsalError as error:  # type: ignore[misc] # its stub does not say that it is an exception
        raise _PassingTrouble(f"the compressed answer is damaged: {error}") from error
    if len(body) > largest:
        raise _PassingTrouble(f"the answer unpacks to more than {largest:,} bytes")
    if not unzip.eof or unzip.unused_data:
        raise _PassingTrouble("the compressed answer breaks off, or something follows it")
    if body.startswith(codecs.BOM_UTF8):
        return bytes(body.removeprefix(codecs.BOM_UTF8)), None
    return body, bytes(wire)


def _asked_wait(response: requests.Response, quota: Quota | None, body: bytes) -> float | None:
    now = datetime.now(UTC)
    asked = read_retry_after(response.headers.get("Retry-After"), now)
    if asked is None:
        asked = read_retry_after_in_body(body)
    if asked is None and quota is not None and quota.remaining == 0:
        asked = quota.resets_in_s + 1.0
    return None if asked is None else min(asked, LONGEST_WAIT_S)


def _conditions(held: Mapping[str, str] | None) -> dict[str, str]:
    """Give the headers that ask for an answer only if it differs from the one that is held."""
    names = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
    found = CaseInsensitiveDict(held or {})
    return {asks: found[states] for states, asks in names.items() if states in found}


def _wait(state: tenacity.RetryCallState) -> float:
    trouble = state.outcome.exception() if state.outcome else None
    asked = trouble.wait_s if isinstance(trouble, _PassingTrouble) else None
    jitter = random.uniform(0, JITTER_S)  # noqa: S311 - spreads retries, keeps no secret
    return jitter + (asked if asked is not None else min(30.0, FIRST_WAIT_S * 2.0 ** (state.attempt_number - 1)))


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "what is no address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _plain(error: Exception) -> str:
    """Say a network error in one line: the innermost one, without the address."""
    while (inner := getattr(error, "reason", None) or (error.args[0] if error.args else None)) is not error:
        if not isinstance(inner, Exception):
            break
        error = inner
    return str(error).rpartition("): ")[2].partition("\n")[0][:_EXCERPT]


def _told(response: requests.Response, body: bytes) -> str:
    path = urlsplit(response.url).path
    moved = f" to {_host(response.headers['Location'])}" if "Location" in response.headers else ""
    return f"status {response.status_code}{moved} for {path}: {body[:_EXCERPT].decode('utf-8', 'replace').strip()!r}"
