"""HTTP session without redirects, .netrc or URL logging, and with a hard time limit per request."""

import logging
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from assets.http import environment


class _Adapter(HTTPAdapter):
    """Records the connections that its requests open, so that they can be shut down."""

    def __init__(self) -> None:
        self.connections: WeakSet[HTTPConnection] = WeakSet()
        super().__init__()

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,  # noqa: ANN401 - as requests has it
        proxies: dict[str, str] | None = None,
        cert: Any = None,  # noqa: ANN401 - as requests has it
    ) -> HTTPConnectionPool:
        """Return the pool for a request; the connections that it opens are recorded."""
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        connection_class = type(pool).ConnectionCls

        def recorded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as urllib3 has it
            connection: Any = connection_class(*args, **kwargs)
            self.connections.add(connection)
            return connection

        pool.ConnectionCls = recorded  # type: ignore[assignment] # called to make a connection, nothing more
        return pool


class TimeLimitedSession(requests.Session):
    """Follows no redirect, reads no ~/.netrc (it would replace a key) and shuts connections down after a time limit.

    It trusts the certificate authorities and uses the proxies that the environment names (`environment.py`).

    The read timeout of requests is the time between two bytes: headers that arrive byte by byte never exceed it. Headers
    that are cut off look complete, so callers must check `timed_out`. urllib3 would log the URL and the headers of a
    response with damaged headers, and both may contain a key.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
        self.trust_env = False  # it would read ~/.netrc too
        self.proxies = environment.proxies(address)
        if (bundle := environment.ca_bundle()) is not None:
            self.verify = bundle[1]
        self.timed_out = False
        """Whether the last request was cut off at its time limit."""
        self._adapter = _Adapter()
        self.mount("http://", self._adapter)
        self.mount("https://", self._adapter)

    @contextmanager
    def time_limit(self, seconds: float) -> Iterator[None]:
        """Shut down the connections of this session after so many seconds, unless the block ends before."""
        self.timed_out = False
        timer = threading.Timer(seconds, self._shut_down)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _shut_down(self) -> None:
        self.timed_out = True
        for connection in list(self._adapter.connections):
            sock = connection.sock
            if isinstance(sock, socket.socket):
                try:
                    # Of the plain socket, also below TLS: a thread that reads from it wakes up and finds its end.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
                except OSError:
                    continue

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow no redirect, and do not parse its target, which may not be a URL."""
        return None


def contains_secret(secrets: Iterable[str], response: requests.Response, body: bytes) -> bool:
    """Return whether a response contains a secret in its body, headers or reason, as it is or percent-encoded."""
    forms = {form.encode() for key in secrets if key for form in (key, quote(key, safe=""))}
    heads = [response.reason or "", *response.headers.values()]
    return any(form in body or any(form in head.encode("latin-1", "replace") for head in heads) for form in forms)
