"""Shared by the tests of pages: a published folder on loopback, as `tidegauge serve` serves it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from pipelines.commands.serve import HOST, application


@contextmanager
def serving(published: Path) -> Iterator[str]:
    """Serve a folder; yield its address."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(application(published), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
