"""Faults on demand: each is called in place of the service and may ask it for its normal answer first.

A fault is `(request, respond) -> answer`. The sandbox asks its `faults` hook before every answer; `on_page` makes a
hook that puts one fault on one page of a walk.
"""

import dataclasses
import gzip
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipelines.sandbox.wire import Answer, Request

Respond = Callable[[Request], Answer]
Fault = Callable[[Request, Respond], Answer]
FaultHook = Callable[[Request], Fault | None]


@dataclass(frozen=True)
class Status:
    """Another status, with any headers and body; nothing of the normal answer is left."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, request: Request, respond: Respond) -> Answer:
        """Answer with the status."""
        return Answer(self.status, self.body, self.headers)


def html_page(request: Request, respond: Respond) -> Answer:
    """A web page with status 200, as a proxy or a login wall sends it."""
    page = b"<!DOCTYPE html><html><body><h1>Please wait</h1></body></html>"
    return Answer(200, page, {"Content-Type": "text/html; charset=utf-8"})


@dataclass(frozen=True)
class Stall:
    """Silence before the first byte, or in the middle of the body; in seconds."""

    seconds: float
    in_body: bool = False

    def __call__(self, request: Request, respond: Respond) -> Answer:
        """The normal answer, late."""
        answer = respond(request)
        if self.in_body:
            return dataclasses.replace(answer, pause=self.seconds)
        return dataclasses.replace(answer, wait=self.seconds)


@dataclass(frozen=True)
class Cut:
    """The connection ends when a share of the body has been sent."""

    share: float = 0.5

    def __call__(self, request: Request, respond: Respond) -> Answer:
        """The normal answer, not all of it."""
        return dataclasses.replace(respond(request), cut_at=self.share)


def truncated_gzip(request: Request, respond: Respond) -> Answer:
    """A compressed body that ends early, although its length is as announced."""
    answer = respond(request)
    packed = gzip.compress(answer.body, 1, mtime=0)
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return dataclasses.replace(answer, body=packed[: len(packed) // 2], headers=headers)


@dataclass(frozen=True)
class Relinked:
    """A `Link` header of another making: the function gets the request and the usual link and gives the new one."""

    link: Callable[[Request, str | None], str | None]

    def __call__(self, request: Request, respond: Respond) -> Answer:
        """The normal answer with the other link, or none."""
        answer = respond(request)
        headers = dict(answer.headers)
        link = self.link(request, headers.pop("Link", None))
        return dataclasses.replace(answer, headers=headers if link is None else {**headers, "Link": link})


def foreign_link(host: str) -> Relinked:
    """The next page is said to lie on another host (`host` or `host:port`)."""
    return Relinked(lambda request, link: link and link.replace(urlsplit(request.base).netloc, host, 1))


looping_link = Relinked(lambda request, link: f'<{request.base}{request.target}>; rel="next"')
"""The next page is the page itself."""

no_link = Relinked(lambda request, link: None)
"""The walk ends here."""


def repeated_page(request: Request, respond: Respond) -> Answer:
    """The rows of the page before, with the page's own link."""
    answer = respond(request)
    if request.previous is None:
        return answer
    return dataclasses.replace(answer, body=_body(respond, request, request.previous))


def next_page_early(request: Request, respond: Respond) -> Answer:
    """The rows of the page after, with the page's own link; with `repeated_page` on the next, two pages swap."""
    answer = respond(request)
    link = answer.headers.get("Link")
    if link is None:
        return answer
    following = link[1 : link.index(">")].removeprefix(request.base)
    return dataclasses.replace(answer, body=_body(respond, request, following))


def _body(respond: Respond, request: Request, target: str) -> bytes:
    """The body of another target; a fresh request, because a request keeps its parsed parameters."""
    return respond(dataclasses.replace(request, target=target, replayed=True)).body


@dataclass(frozen=True)
class Altered:
    """The body's bytes, changed by a function."""

    change: Callable[[bytes], bytes]

    def __call__(self, request: Request, respond: Respond) -> Answer:
        """The normal answer with other bytes."""
        answer = respond(request)
        return dataclasses.replace(answer, body=self.change(answer.body))


def rows_altered(change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> Altered:
    """The page's records, changed by a function (reversed, doubled, dropped, edited)."""
    return Altered(lambda body: json.dumps(change(json.loads(body)), separators=(",", ":")).encode())


def on_page(page: int, fault: Fault, *, times: int | None = 1, path: str = "/api/models") -> FaultHook:
    """A hook that puts a fault on the n-th request to a path, counted from 1, and on the next ones up to `times`."""
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
    """Several hooks as one: every hook is asked, the first fault counts."""

    def hook(request: Request) -> Fault | None:
        found = [one(request) for one in hooks]
        return next((fault for fault in found if fault is not None), None)

    return hook
