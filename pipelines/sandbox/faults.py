"""Faults on demand: each is called in place of the service, and may call the service for its normal response.

A fault is `(request, respond) -> response`. The sandbox calls its `faults` hook before every response; `on_page` returns
a hook that applies a fault to one page of a walk.
"""

import dataclasses
import gzip
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipelines.sandbox.wire import Request, Response

Respond = Callable[[Request], Response]
Fault = Callable[[Request, Respond], Response]
FaultHook = Callable[[Request], Fault | None]


@dataclass(frozen=True)
class Status:
    """Another status, with any headers and body, instead of the normal response."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return a response with the status."""
        return Response(self.status, self.body, self.headers)


def html_page(request: Request, respond: Respond) -> Response:
    """Return a web page with status 200, as a proxy or a login wall sends it."""
    page = b"<!DOCTYPE html><html><body><h1>Please wait</h1></body></html>"
    return Response(200, page, {"Content-Type": "text/html; charset=utf-8"})


@dataclass(frozen=True)
class Stall:
    """Silence before the first byte, or in the middle of the body; in seconds."""

    seconds: float
    in_body: bool = False

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the normal response, late."""
        response = respond(request)
        if self.in_body:
            return dataclasses.replace(response, pause=self.seconds)
        return dataclasses.replace(response, wait=self.seconds)


@dataclass(frozen=True)
class Cut:
    """The connection ends when a share of the body has been sent; with `reset` it breaks."""

    share: float = 0.5
    reset: bool = False

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the normal response, cut off."""
        return dataclasses.replace(respond(request), cut_at=self.share, reset=self.reset)


def truncated_gzip(request: Request, respond: Respond) -> Response:
    """Return a compressed body that ends early, although its length is as announced."""
    response = respond(request)
    packed = gzip.compress(response.body, 1, mtime=0)
    headers = {**response.headers, "Content-Encoding": "gzip"}
    return dataclasses.replace(response, body=packed[: len(packed) // 2], headers=headers)


def reset(request: Request, respond: Respond) -> Response:
    """Reset the connection before the first byte."""
    return Response(reset=True)


def hang_up(request: Request, respond: Respond) -> Response:
    """Close the connection before the first byte."""
    return Response(hang_up=True)


@dataclass(frozen=True)
class Drip:
    """Byte after byte, so slowly that no single wait is long; the head already, or the body only."""

    seconds: float
    head: bool = False

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the normal response, byte by byte."""
        return dataclasses.replace(respond(request), drip=self.seconds, drip_head=self.head)


@dataclass(frozen=True)
class Misstated:
    """A Content-Length that is wrong by so many bytes, after which the connection ends; never compressed."""

    by: int

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the normal response with another Content-Length."""
        response = respond(request)
        length = max(0, len(response.body) + self.by)
        headers = {**response.headers, "Content-Length": str(length), "Content-Encoding": "identity"}
        return dataclasses.replace(response, headers=headers)


@dataclass(frozen=True)
class Chunked:
    """The body in chunks, of which the last ones are missing."""

    share: float = 0.5

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the normal response without its last chunks."""
        response = respond(request)
        cut = response.body[: int(len(response.body) * self.share)]
        sent = b"%x\r\n%s\r\n%x\r\n" % (max(1, len(cut)), cut or b" ", len(response.body) + 1)
        headers = {**response.headers, "Transfer-Encoding": "chunked", "Content-Encoding": "identity"}
        return dataclasses.replace(response, body=sent, headers=headers)


@dataclass(frozen=True)
class Bomb:
    """A few kilobytes that decompress to `unpacked` bytes."""

    unpacked: int

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the headers of the normal response, and a body of blanks."""
        response = respond(request)
        packed = gzip.compress(b" " * self.unpacked, 9, mtime=0)
        return dataclasses.replace(response, body=packed, headers={**response.headers, "Content-Encoding": "gzip"})


@dataclass(frozen=True)
class Headed:
    """Headers that are added or replaced; None removes one."""

    headers: Mapping[str, str | None]

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the normal response with these headers."""
        response = respond(request)
        wanted = {**response.headers, **self.headers}
        return dataclasses.replace(response, headers={name: one for name, one in wanted.items() if one is not None})


@dataclass(frozen=True)
class Relinked:
    """Another `Link` header: the function takes the request and the usual link, and returns the new one."""

    link: Callable[[Request, str | None], str | None]

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the normal response with the new link, or none."""
        response = respond(request)
        headers = dict(response.headers)
        link = self.link(request, headers.pop("Link", None))
        return dataclasses.replace(response, headers=headers if link is None else {**headers, "Link": link})


def foreign_link(host: str) -> Relinked:
    """Return a fault that links the next page to another host (`host` or `host:port`)."""
    return Relinked(lambda request, link: link and link.replace(urlsplit(request.base).netloc, host, 1))


looping_link = Relinked(lambda request, link: f'<{request.base}{request.target}>; rel="next"')
"""The next page is the page itself."""

no_link = Relinked(lambda request, link: None)
"""The walk ends here."""


def repeated_page(request: Request, respond: Respond) -> Response:
    """Return the rows of the page before, with the page's own link."""
    response = respond(request)
    if request.previous is None:
        return response
    return dataclasses.replace(response, body=_body(respond, request, request.previous))


def next_page_early(request: Request, respond: Respond) -> Response:
    """Return the rows of the page after, with the page's own link; with `repeated_page` on the next, two pages swap."""
    response = respond(request)
    link = response.headers.get("Link")
    if link is None:
        return response
    following = link[1 : link.index(">")].removeprefix(request.base)
    return dataclasses.replace(response, body=_body(respond, request, following))


def _body(respond: Respond, request: Request, target: str) -> bytes:
    """Return the body of another target; with a new request, because a request caches its parsed parameters."""
    return respond(dataclasses.replace(request, target=target, replayed=True)).body


@dataclass(frozen=True)
class Altered:
    """The body, changed by a function."""

    change: Callable[[bytes], bytes]

    def __call__(self, request: Request, respond: Respond) -> Response:
        """Return the normal response with the changed body."""
        response = respond(request)
        return dataclasses.replace(response, body=self.change(response.body))


def rows_altered(change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> Altered:
    """Return a fault that changes the records of a page by a function (reversed, doubled, dropped, edited)."""
    return Altered(lambda body: json.dumps(change(json.loads(body)), separators=(",", ":")).encode())


def on_page(page: int, fault: Fault, *, times: int | None = 1, path: str = "/api/models") -> FaultHook:
    """Return a hook that applies a fault to the n-th request to a path, counted from 1, and to the next ones up to `times`."""
    lock = threading.Lock()
    seen = 0

    def hook(request: Request) -> Fault | None:
        nonlocal seen
        if request.path != path:
            return None
        with lock:
            seen += 1
            due = seen >= page and (times is None or seen < page + times)
        return fault if due else None

    return hook


def together(*hooks: FaultHook) -> FaultHook:
    """Return several hooks as one: every hook is called, the first fault applies."""

    def hook(request: Request) -> Fault | None:
        found = [one(request) for one in hooks]
        return next((fault for fault in found if fault is not None), None)

    return hook
