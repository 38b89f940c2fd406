"""HTTP client of a service: timeouts, bounded retries, rate limit, a single host and a bounded body."""

import codecs
import hashlib
import random
import re
import ssl
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

from assets.http import environment
from assets.http.addresses import is_loopback, is_private
from assets.http.errors import SourceError, UnexpectedResponseError, UnreachableError
from assets.http.link_header import read_next
from assets.http.rate_limit import Pace, Quota, read_quota, read_retry_after, read_retry_after_in_body
from assets.http.session import TimeLimitedSession, contains_secret

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
RESPONSE_TIMEOUT_S = 300
LARGEST_RESPONSE_BYTES = 64 * 2**20
ATTEMPTS = 6
LONGEST_WAIT_S = 600
FIRST_WAIT_S = 1.0
WAIT_GROWTH = 2.0
# An error object with status 200 does not say how long to wait: six attempts outlast a rate limit's window of 300 s.
_NOT_YET_WAIT_GROWTH = 4.0
JITTER_S = 0.5
TRANSIENT_STATUSES = frozenset({408, 425, 429, *range(500, 600)})
MAX_REDIRECTS = 3
_EXCERPT = 200
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_KEPT = "everything that was there before."


@dataclass(frozen=True)
class Kind:
    """A kind of content: its name, the strings that its Content-Type may contain, and its file suffix."""

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
    """A GET request and the response that is expected: URL, kind of content, accepted statuses.

    `follow` allows redirects to other hosts, as downloads need; our headers are not sent there. `unless_changed_from` are
    the headers of the stored response: 304 means that it is still current. `largest_bytes` limits the body. `also` are
    accepted statuses other than 200, such as 404 for an item that is gone; their body may be of any kind.
    `unconditional` requests never use a stored response, because the headers can change while the body does not. `not_yet`
    returns why a body with status 200 is no result yet, such as a rate limit, or None; the request is then retried.
    """

    url: str
    params: Mapping[str, str | list[str]] = field(default_factory=dict[str, str | list[str]])
    kind: Kind = JSON
    follow: bool = False
    largest_bytes: int = field(default_factory=lambda: LARGEST_RESPONSE_BYTES)
    unless_changed_from: Mapping[str, str] | None = None
    also: frozenset[int] = frozenset()
    unconditional: bool = False
    not_yet: Callable[[bytes], str | None] = lambda _body: None


@dataclass(frozen=True)
class Response:
    """A response with status 200 or another accepted status.

    `body` is uncompressed; `packed` is the body as received, if it was gzip. `next_url` is the `next` link.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    packed: bytes | None
    received_at: datetime
    quota: Quota | None
    next_url: str | None


class _TransientError(Exception):
    """An error that the next attempt may not have.

    `wait_s` is the delay that the service requested; without one, each delay is `growth` times the one before.
    """

    def __init__(
        self, what: str, wait_s: float | None = None, status: int | None = None, growth: float = WAIT_GROWTH
    ) -> None:
        super().__init__(what)
        self.wait_s = wait_s
        self.status = status
        self.growth = growth


class Service:
    """A web service, requested within its rate limit and only at the configured host.

    `headers` are sent with every request, to this host only: redirects are not followed, and a URL of another host is
    rejected before anything is sent. A mirror returns links with the service's public addresses: `known_as` are these
    addresses, and such links are requested at the mirror. `spacing_s` is the minimum time between two requests; a service
    on loopback has none. Two hosts that share one rate limit share the `pace` of the first.

    A response that contains our key, or another `private` string, is neither stored nor quoted.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        known_as: Collection[str] = (),
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
        """Return the same service without retries and with a rate limit of its own."""
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
        """Request the JSON at `url` (absolute, or a path below the base address). Raises like `send`."""
        return self.send(Request(url, params or {}))

    def send(self, request: Request) -> Response:
        """Send the request; retry transient errors, up to ATTEMPTS times in all.

        Raises:
            UnexpectedResponseError: the URL is of another host, or the status or the kind of content is not accepted.
            UnreachableError: no usable response after all attempts; or, after one, the certificate of the host is not
                trusted, the environment names certificates or a proxy that cannot be used, or the proxy refuses the host.
        """
        address = self._own_address(request.url)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, address, request)
        except _TransientError as error:
            raise UnreachableError(
                self.name,
                f"no usable response from {_host(address)} after {self._attempts} attempts; the last error: {error}.",
                kept=_KEPT,
                remedy="run the refresh again when the service is back; `tidegauge doctor` checks it.",
                status=error.status,
            ) from None

    def open(self, request: Request, from_byte: int = 0) -> requests.Response:
        """Request a large file once, from a byte on if given; return the response with its body unread.

        Raises:
            UnexpectedResponseError: the URL is of another host, or a redirect is not allowed.
            UnreachableError: the certificate of the host is not trusted, or the environment cannot be used.
            requests.ConnectionError, requests.Timeout: there is no response.
        """
        self.pace.wait()
        # A byte range counts uncompressed bytes.
        wanted = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={from_byte}-"} if from_byte else {})
        return self._response(self._own_address(request.url), request, wanted)[0]

    def _own_address(self, url: str) -> str:
        address = self._absolute(f"{self.base_url}/", url)
        if _origin(address) != _origin(self.base_url) and self._is_known(address):
            address = self.base_url + urlsplit(address)._replace(scheme="", netloc="").geturl()
        if _origin(address) != _origin(self.base_url):
            raise UnexpectedResponseError(
                self.name,
                f"the service returned a link to another host ({_host(address)} instead of {_host(self.base_url)}); "
                "no request was sent there.",
                kept=_KEPT,
                remedy="look at the last stored response; if the service has moved, set its address in the settings.",
            )
        return address

    def _is_known(self, address: str) -> bool:
        """Return whether a web address has a host of this service: a public one, or its own behind a proxy with TLS."""
        scheme, host = _origin(address)
        hosts = {_origin(known)[1] for known in (*self._known_as, self.base_url)}
        return scheme in ("http", "https") and host in hosts

    def _attempt(self, url: str, request: Request) -> Response:
        started, session = self.pace.wait(), self._session
        status: int | None = None
        try:
            response, session, sha256 = self._response(url, request)
            status = response.status_code
            with response, session.time_limit(RESPONSE_TIMEOUT_S):
                body, packed = _body(response, request.largest_bytes)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            if not session.timed_out:
                detail = _in_a_line(_innermost(error))  # it may quote the response
                has_secret = any(word in detail for word in self._private)
                name = type(error).__name__
                raise _TransientError(name if has_secret else f"{name}: {detail}", status=status) from None
        except _TransientError as error:
            error.status = status
            raise
        if session.timed_out:  # the part that was received may look complete
            raise _TransientError(f"the response took longer than {RESPONSE_TIMEOUT_S} s", status=status)
        quota = read_quota(response.headers)
        self.pace.responded(started, quota)
        if contains_secret(self._private, response, body):
            raise self._unexpected(
                f"the response, status {response.status_code}, repeats our own key or contact; it was not stored"
            )
        if response.status_code in TRANSIENT_STATUSES:
            raise _TransientError(
                _summary(response, body), _requested_wait(response, quota, body), response.status_code
            )
        unchanged = response.status_code == 304 and request.unless_changed_from is not None
        ok = response.status_code == 200
        if not ok and not unchanged and response.status_code not in request.also:
            raise self._unexpected(_summary(response, body), response.status_code)
        content_type = response.headers.get("Content-Type", "no content type")
        if ok and not any(expected in content_type.lower() for expected in request.kind.content_types):
            raise _TransientError(
                f"{_summary(response, body)}, which is {content_type} instead of {request.kind.name}", status=status
            )
        if ok and sha256 and hashlib.sha256(body).hexdigest() != sha256:
            raise _TransientError(f"the file does not have the announced SHA-256 {sha256}", status=status)
        if ok and (why := request.not_yet(body)) is not None:
            what = f"{_summary(response, body)}, which is no result yet: {why}"
            raise _TransientError(what, _requested_wait(response, quota, body), status, _NOT_YET_WAIT_GROWTH)
        following = read_next(response.headers.get("Link", ""))
        return Response(
            url=response.url,
            status=response.status_code,
            headers=response.headers,
            body=body,
            packed=packed,
            received_at=datetime.now(UTC),
            quota=quota,
            next_url=self._absolute(response.url, following) if following else None,
        )

    def _response(
        self, url: str, request: Request, wanted: Mapping[str, str] | None = None
    ) -> tuple[requests.Response, TimeLimitedSession, str | None]:
        """Return the response with its body unread, its session, and its SHA-256 if a redirect announced one."""
        session, conditions = self._session, {**_conditions(request.unless_changed_from), **(wanted or {})}
        sha256: str | None = None
        for _ in range(MAX_REDIRECTS + 1):
            response = self._open(session, url, request, conditions)
            if not request.follow or response.status_code not in (301, 302, 303, 307, 308):
                return response, session, sha256
            response.close()
            if contains_secret(self._private, response, b""):
                raise self._unexpected("the download redirects to an address that repeats our own key")
            # The Hub sends the SHA-256 of a file with the redirect to its storage.
            announced = _SHA256.fullmatch(response.headers.get("X-Linked-ETag", ""))
            sha256 = announced[1] if announced else sha256
            if not response.headers.get("Location"):
                raise self._unexpected(f"{_host(url)} redirects without a Location", response.status_code)
            url = self._absolute(response.url, response.headers["Location"])
            if urlsplit(url).scheme != "https" and not (is_loopback(url) and is_loopback(self.base_url)):
                raise self._unexpected(f"the download redirects to {_host(url)}, which is not https", 302)
            # The target of a redirect gets none of our headers: its address alone is enough to read it.
            session = TimeLimitedSession(url)
        raise self._unexpected(f"{_host(url)} redirects more than {MAX_REDIRECTS} times", response.status_code)

    def _open(
        self, session: TimeLimitedSession, url: str, request: Request, headers: Mapping[str, str]
    ) -> requests.Response:
        if session is self._session and "Authorization" in session.headers and not is_private(url):
            raise UnreachableError(
                self.name,
                f"the key would be sent to {_host(url)} in plain text. No request was sent.",
                kept=_KEPT,
                remedy="give the address with https, or leave the key unset.",
            )
        if (obstacle := environment.obstacle(url)) is not None:
            raise UnreachableError(self.name, obstacle.reason, kept=_KEPT, remedy=obstacle.remedy)
        try:
            with session.time_limit(RESPONSE_TIMEOUT_S):
                response = session.get(
                    url,
                    params=request.params if session is self._session else None,
                    headers=headers,
                    timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                    stream=True,
                )
        except (requests.ConnectionError, requests.Timeout) as error:
            if isinstance(cause := _innermost(error), ssl.SSLCertVerificationError):
                raise UnreachableError(
                    self.name,
                    f"the certificate of {_host(url)} is not trusted: {cause.verify_message}.",
                    kept=_KEPT,
                    remedy=environment.about_untrusted_certificates(),
                ) from None
            if (refused := environment.refusal(url, error)) is not None:
                raise UnreachableError(self.name, refused.reason, kept=_KEPT, remedy=refused.remedy) from None
            raise
        except (requests.RequestException, ValueError) as error:
            raise self._unexpected(
                f"the address {url[:_EXCERPT]!r} cannot be requested ({type(error).__name__})"
            ) from None
        if session.timed_out:  # headers that are cut off look complete
            response.close()
            raise requests.Timeout(f"the headers of the response took longer than {RESPONSE_TIMEOUT_S} s")
        return response

    def _absolute(self, base: str, url: str) -> str:
        """Return `url` as an absolute URL, relative to `base`."""
        try:
            address = urljoin(base, url)
            _ = urlsplit(address).port
        except ValueError as error:
            raise self._unexpected(f"the service returned {url[:_EXCERPT]!r}, which is not a URL") from error
        return address

    def _unexpected(self, what: str, status: int | None = None) -> SourceError:
        remedy = "`tidegauge doctor` checks whether the service or the key has changed."
        return UnexpectedResponseError(self.name, f"{what}.", kept=_KEPT, remedy=remedy, status=status)


def _body(response: requests.Response, largest: int) -> tuple[bytes, bytes | None]:
    """Read a body, and its gzip form if it has one; size and time are limited, and gzip must be complete."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding not in ("identity", "gzip"):
        raise _TransientError("the response has an encoding that was not requested")
    deadline = time.monotonic() + RESPONSE_TIMEOUT_S
    wire = bytearray()
    while piece := response.raw.read1(
        2**18, decode_content=False
    ):  # returns early, so that a slow body meets the deadline
        wire += piece
        if len(wire) > largest:
            raise _TransientError(f"the response is larger than {largest:,} bytes")
        if time.monotonic() > deadline:
            raise _TransientError(f"the response took longer than {RESPONSE_TIMEOUT_S} s")
    if encoding == "identity":
        return bytes(wire).removeprefix(codecs.BOM_UTF8), None
    unzip = isal_zlib.decompressobj(wbits=31)
    try:
        body = unzip.decompress(wire, largest + 1)
    except igzip_lib.IsalError as error:  # type: ignore[misc] # its stub does not declare it as an exception
        raise _TransientError(f"the compressed response is damaged: {error}") from error
    if len(body) > largest:
        raise _TransientError(f"the response unpacks to more than {largest:,} bytes")
    if not unzip.eof or unzip.unused_data:
        raise _TransientError("the compressed response is cut off, or has extra bytes at its end")
    if body.startswith(codecs.BOM_UTF8):
        return bytes(body.removeprefix(codecs.BOM_UTF8)), None
    return body, bytes(wire)


def _requested_wait(response: requests.Response, quota: Quota | None, body: bytes) -> float | None:
    now = datetime.now(UTC)
    wait_s = read_retry_after(response.headers.get("Retry-After"), now)
    if wait_s is None:
        wait_s = read_retry_after_in_body(body)
    if wait_s is None and quota is not None and quota.remaining == 0:
        wait_s = quota.resets_in_s + 1.0
    return None if wait_s is None else min(wait_s, LONGEST_WAIT_S)


def _conditions(stored: Mapping[str, str] | None) -> dict[str, str]:
    """Return the headers that request a response only if it differs from the stored one."""
    names = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
    found = CaseInsensitiveDict(stored or {})
    return {condition: found[validator] for validator, condition in names.items() if validator in found}


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    jitter = random.uniform(0, JITTER_S)  # noqa: S311 - spreads retries, keeps no secret
    if not isinstance(error, _TransientError):
        return jitter
    if error.wait_s is not None:
        return jitter + error.wait_s
    return jitter + min(LONGEST_WAIT_S, FIRST_WAIT_S * error.growth ** (state.attempt_number - 1))


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an invalid URL"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _innermost(error: Exception) -> Exception:
    """Return the innermost network error."""
    while (inner := getattr(error, "reason", None) or (error.args[0] if error.args else None)) is not error:
        if not isinstance(inner, Exception):
            break
        error = inner
    return error


def _in_a_line(error: Exception) -> str:
    """Return a network error in one line, without the URL."""
    return str(error).rpartition("): ")[2].partition("\n")[0][:_EXCERPT]


def _summary(response: requests.Response, body: bytes) -> str:
    path = urlsplit(response.url).path
    moved = f" to {_host(response.headers['Location'])}" if "Location" in response.headers else ""
    return f"status {response.status_code}{moved} for {path}: {body[:_EXCERPT].decode('utf-8', 'replace').strip()!r}"
