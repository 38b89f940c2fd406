"""ASGI middleware that rejects cross-origin and DNS-rebinding requests; Dagster has no such check.

Dagster starts a run for any well-formed request, from any web page that a browser on this machine has open, and under any
host name that resolves to this machine. The rules here are the Fetch Metadata resource isolation policy
(https://web.dev/articles/fetch-metadata) and a list of the host names under which the UI is served.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_POLICY_VIOLATED = 1008  # RFC 6455, section 7.4.1
_DEFAULT_PORTS = (":80", ":443")
_NEVER_REPEATED = ("host", "origin", "content-type", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")


class RequestGuard:
    """Passes requests to one of `hosts` that come from its own pages, or from no page at all.

    `hosts` are names as a browser sends them, with the port unless it is the default port: `127.0.0.1:3000`. A rejected
    request gets status 403, 405 or 415 with the reason, and never reaches the application; a WebSocket is rejected before
    it is open.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(map(_normalized, hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the security headers to its response, or reject it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                _secure(MutableHeaders(scope=message))
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, secured)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATED, "reason": refusal[1]})
        else:
            status, reason = refusal
            await PlainTextResponse(f"Refused: {reason}.\n", status)(scope, receive, secured)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        method = scope.get("method", "GET")  # a WebSocket begins with a GET
        if any(len(headers.getlist(name)) > 1 for name in _NEVER_REPEATED):
            return 403, "a header is repeated, and servers differ in which one they believe"
        hosts = [_normalized(host) for host in headers.getlist("host")]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 403, "the UI is not served under this name; TIDEGAUGE_UI_HOSTS lists further ones"
        if any(_host_of(origin) != hosts[0] for origin in headers.getlist("origin")):
            return 403, "this comes from a page of another origin"
        if not _is_from_here(headers) and not (scope["type"] == "http" and _is_a_plain_visit(method, headers)):
            return 403, "this comes from a page of another site"
        if method not in ("GET", "HEAD", "POST"):
            return 405, "the UI accepts GET, HEAD and POST"
        if method == "POST" and not _is_json(headers):
            return 415, "the content type must be application/json"
        return None


def _is_from_here(headers: Headers) -> bool:
    return all(site in ("same-origin", "none") for site in headers.getlist("sec-fetch-site"))


def _is_a_plain_visit(method: str, headers: Headers) -> bool:
    """Return whether somebody follows a link to a page of the UI: it opens in a tab of its own, and changes nothing."""
    return (
        method == "GET"
        and headers.getlist("sec-fetch-mode") == ["navigate"]
        and headers.getlist("sec-fetch-dest") == ["document"]
    )


def _is_json(headers: Headers) -> bool:
    kinds = [kind.partition(";")[0].strip().lower() for kind in headers.getlist("content-type")]
    return kinds == ["application/json"]


def _host_of(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
    except ValueError:  # not a URL
        return None
    return _normalized(parts.netloc) if parts.scheme in ("http", "https") else None


def _normalized(host: str) -> str:
    """Return a host in the form that is compared: in lower case, and without a default port, which browsers omit."""
    host = host.strip().lower()
    return next((host.removesuffix(port) for port in _DEFAULT_PORTS if host.endswith(port)), host)


def _secure(headers: MutableHeaders) -> None:
    for name, value in SECURITY_HEADERS.items():
        if name == "Content-Security-Policy":
            headers.append(name, value)  # in addition to the page's own policy
        else:
            headers[name] = value
