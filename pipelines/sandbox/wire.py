"""Wire types of the sandbox: a request, a response with how to send it, and the protocol of a service."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """A request as a service sees it; `target` is the path below the service's prefix, with its query.

    `base` is the service's own address, `previous` the target of the last request to the same path, and `replayed` is
    true for a second call by a fault, which costs no quota.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    base: str
    week: int = 0
    body: bytes = b""
    previous: str | None = None
    replayed: bool = False

    @cached_property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(urlsplit(self.target).path)

    @cached_property
    def params(self) -> list[tuple[str, str]]:
        """The query's parameters in their order, repeated ones included."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    def param(self, name: str) -> str | None:
        """The first value of a parameter."""
        return next((value for key, value in self.params if key == name), None)


@dataclass(frozen=True)
class Response:
    """A response, and how to send it: shares are of the body as sent, from 0 to 1, times in seconds.

    `drip` is the time between two bytes, of the body or, with `drip_head`, of the head; with `reset` the connection does
    not end, it breaks; with `hang_up` it ends before the first byte. A body with a Transfer-Encoding is sent as it is.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    pause: float = 0.0
    pause_at: float = 0.5
    cut_at: float | None = None
    drip: float = 0.0
    drip_head: bool = False
    reset: bool = False
    hang_up: bool = False


class Service(Protocol):
    """One stand-in; the sandbox mounts it at its prefix (empty for the root).

    `settings` name the settings that point at it, such as TIDEGAUGE_HUB_URL.
    """

    @property
    def prefix(self) -> str:
        """The path below which it is mounted."""
        ...

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that point at it."""
        ...

    def respond(self, request: Request) -> Response:
        """Return the response that the real service would send."""
        ...


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON as the Hub sends it, with its weak ETag."""
    return body_response(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(), status, headers)


def body_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with a rendered JSON body; the ETag begins with the body's length in hexadecimal digits."""
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode().rstrip("=")
    known = {"Content-Type": "application/json; charset=utf-8", "ETag": f'W/"{len(body):x}-{digest}"'}
    return Response(status, body, {**known, **(headers or {})})
