"""A service on loopback that replays given responses in order and records the requests."""

import contextlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    """One response as it goes over the wire."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Replay:
    """Replays pages of the Hub's listing; `before` may respond instead, given the number of the request from 0.

    `total` is the Hub's own total: by default the number of records; 0 if the Hub states none.
    """

    def __init__(
        self,
        pages: Sequence[bytes | list[dict[str, Any]]],
        total: int | None = None,
        before: Callable[[int, str], Reply | None] = lambda number, path: None,
    ) -> None:
        self.pages = [page if isinstance(page, bytes) else json.dumps(page).encode() for page in pages]
        self.total = sum(len(page) for page in pages if isinstance(page, list)) if total is None else total
        self.before = before
        self.asked: list[str] = []
        self.authorizations: list[str | None] = []
        self.headers: list[dict[str, str]] = []
        self.posted: list[bytes] = []
        self.page_requests: list[int] = []

    def reply(self, path: str, query: dict[str, list[str]], host: str) -> Reply:
        """Answer a request of the listing, or of the total."""
        if path == "/models-json":
            return Reply(json.dumps({"numTotalItems": self.total}).encode()) if self.total else Reply(b"{}", 404)
        number = int(query.get("cursor", ["0"])[0])
        self.page_requests.append(number)
        link = (
            {"Link": f'<http://{host}/api/models?cursor={number + 1}>; rel="next"'}
            if number + 1 < len(self.pages)
            else {}
        )
        return Reply(self.pages[number], headers=link)

    def __enter__(self) -> "Replay":
        replay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                replay.asked.append(self.path)
                replay.headers.append({name.lower(): value for name, value in self.headers.items()})
                replay.authorizations.append(self.headers.get("Authorization"))
                reply = replay.before(len(replay.asked) - 1, self.path) or replay.reply(
                    parts.path, parse_qs(parts.query), self.headers["Host"]
                )
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(reply.body))}
                if self.close_connection:  # prawcore asks for that with the request of its token
                    headers["Connection"] = "close"
                for name, value in (headers | reply.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.wfile.write(reply.body)

            def do_POST(self) -> None:
                replay.posted.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def model(number: int, **fields: Any) -> dict[str, Any]:
    """Return a record of the listing: model `number`, made `number` minutes after the start of 2024."""
    second = 1_704_067_200 + 60 * number
    return {
        "_id": f"{second:08x}{number:016x}",
        "id": f"author-{number % 7}/model-{number}",
        "author": f"author-{number % 7}",
        "downloads": number,
        "downloadsAllTime": 10 * number,
        "likes": number % 5,
        "gated": False,
        "private": False,
        "tags": ["region:us", "license:apache-2.0"],
    } | fields


def pages_of(count: int, size: int = 1000) -> list[list[dict[str, Any]]]:
    """Return the pages of a listing of `count` models."""
    return [[model(n) for n in range(start, min(start + size, count))] for start in range(0, count, size)]
