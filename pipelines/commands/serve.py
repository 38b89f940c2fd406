"""Serve the published folder on loopback: static files, with byte ranges, for explore.html."""

import mimetypes
import os
import signal
import socket
from contextlib import closing
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

HOST = "127.0.0.1"
# Not known to every machine's table of types.
_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".duckdb": "application/octet-stream",
}


class _Release(StaticFiles):
    """The files of a release; what begins with a dot is a release that is being written."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        if any(part.startswith(".") for part in Path(path).parts):
            return "", None
        return super().lookup_path(path)


def application(published: Path) -> Starlette:
    """Return the application that serves a published folder under the names of this machine only."""
    for suffix, kind in _TYPES.items():
        mimetypes.add_type(kind, suffix)
    return Starlette(
        routes=[
            Route("/", lambda _request: RedirectResponse("/index.html")),
            Mount("/", _Release(directory=published)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def serve(published: Path, port: int) -> None:
    """Serve a published folder on 127.0.0.1 until SIGINT or SIGTERM. Port 0 takes a free one.

    Raises:
        OSError: the port cannot be used.
    """
    with closing(socket.socket()) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()  # the address works as soon as it is printed
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        print(
            f"charts    {address}/index.html",
            f"explore   {address}/explore.html",
            "Ctrl-C ends it",
            sep="\n",
            flush=True,
        )
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
        uvicorn.Server(uvicorn.Config(application(published), log_level="warning", server_header=False)).run([listener])
