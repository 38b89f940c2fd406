"""A session of HTTP that brings nothing along, tells nothing, and can be cut off: what every client here asks with."""

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
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _Line:
    """The connections of a session, and whether they were cut."""

    def __init__(self) -> None:
        self.connections: WeakSet[HTTPConnection] = WeakSet()
        self.is_cut = False

    def cut(self) -> None:
        self.is_cut = True
        for connection in list(self.connections):
            sock = connection.sock
            if isinstance(sock, socket.socket):
                try:
                    # Of the plain socket, also below TLS: whoever reads from it is woken, and finds its end.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
                except OSError:
                    continue


class _Adapter(HTTPAdapter):
    """Makes connections that are known to a line."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests has it
        super().init_poolmanager(*args, **kwargs)
        line = self._line

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                line.connections.add(self)

        class Encrypted(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                line.connections.add(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}


class CutSession(requests.Session):
    """Follows no redirect, reads no ~/.netrc, which would replace a key, and breaks what goes on for too long.

    A head that comes byte by byte never exceeds the time between two bytes, and a head that is cut off passes for whole:
    `is_cut` tells. urllib3 would log the address of an answer whose headers are damaged, and the headers; both may hold a key.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
        self.trust_env = False
        self.proxies = requests.utils.get_environ_proxies(address)
        self._line = _Line()
        self.mount("http://", _Adapter(self._line))
        self.mount("https://", _Adapter(self._line))

    @property
    def is_cut(self) -> bool:
        """Whether the request that was made last was cut off."""
        return self._line.is_cut

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut off whatever the session still waits for after this time."""
        self._line.is_cut = False
        timer = threading.Timer(seconds, self._line.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow none, and do not even look where it leads: an address may be none at all."""
        return None


def repeats(keys: Iterable[str], response: requests.Response, body: bytes) -> bool:
    """Say whether an answer, in its body, its headers or its reason, holds one of our keys, as it is or percent-encoded."""
    forms = {form.encode() for key in keys if key for form in (key, quote(key, safe=""))}
    heads = [response.reason or "", *response.headers.values()]
    return any(form in body or any(form in head.encode("latin-1", "replace") for head in heads) for form in forms)
