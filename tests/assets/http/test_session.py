"""The time limit of a session, also through a proxy."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from assets.http.session import TimeLimitedSession


@pytest.fixture
def trickling() -> Iterator[str]:
    """Yield the address of a server, or proxy, that sends the headers of its response byte by byte for ten seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
                    connection.send(bytes([letter]))
                    time.sleep(0.05)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("through_proxy", [False, True])
def test_headers_that_arrive_byte_by_byte_end_at_the_time_limit(trickling, through_proxy):
    address = "http://service.invalid/" if through_proxy else trickling
    session = TimeLimitedSession(address)
    session.proxies = {"http": trickling} if through_proxy else {}
    begun = time.monotonic()
    with suppress(requests.ConnectionError), session.time_limit(0.3):
        session.get(address, timeout=5, stream=True)
    assert session.timed_out
    assert time.monotonic() - begun < 5
