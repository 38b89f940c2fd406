"""The sandbox: stand-ins of the services on loopback, under one server, with faults on demand.

Everything it serves is synthetic, and marked so: in `GET /_sandbox`, and in the header `x-tidegauge-sandbox` of every
response.
"""

import dataclasses
import email.utils
import gzip
import http.client
import json
import signal
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType, TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pipelines.sandbox.faults import FaultHook
from pipelines.sandbox.hostile import hostile
from pipelines.sandbox.hub.routes import Hub, HubOptions
from pipelines.sandbox.hub.world import START, World
from pipelines.sandbox.services.registry import stand_ins
from pipelines.sandbox.services.sec import SEC_ISSUERS
from pipelines.sandbox.wire import Request, Response, Service, json_response

HOST: Final = "127.0.0.1"
MARK: Final = {"x-tidegauge-sandbox": "1"}
"""The header that marks every response as synthetic."""
_WORTH_PACKING: Final = 1024


@dataclass(frozen=True)
class Seen:
    """A request as it arrived, with whether it had an `Authorization` header, but without that header."""

    method: str
    path: str
    query: str
    status: int
    had_authorization: bool


class Sandbox:
    """A running sandbox: `with Sandbox(models=5000) as sandbox: ... sandbox.url`.

    `week` may be set at any time. `on_request` is called before every response and may change the week or the world;
    `faults` is called next, and may return a fault.
    """

    def __init__(
        self,
        models: int = 5000,
        seed: int = 0,
        week: int = 0,
        quota: int = 1_000_000,
        window: float = 300,
        *,
        port: int = 0,
        world: World | None = None,
        services: Sequence[Service] | None = None,
        packing: bool = True,
        hub: HubOptions | None = None,
    ) -> None:
        """Prepare a world (or take one) and the services beside the Hub (default: all); `window` in seconds, port 0 for any."""
        self.world = world or World(models, seed)
        self.hub = Hub(self.world, quota, window, hub)
        self.week = week
        self.requests: deque[Seen] = deque(maxlen=100_000)
        self.faults: FaultHook | None = None
        self.on_request: Callable[[Request], None] | None = None
        beside = stand_ins(self.world) if services is None else services
        self._services: list[Service] = sorted([*beside, self.hub], key=lambda service: -len(service.prefix))
        self._packing = packing
        self._packed: dict[str, bytes] = {}
        self._previous: dict[str, str] = {}
        self._server = _Server((HOST, port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address of the Hub, without a slash at the end."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def addresses(self) -> dict[str, str]:
        """The settings that point at the stand-ins, with the address of each."""
        return {name: self.url + service.prefix for service in self._services for name in service.settings}

    @property
    def week(self) -> int:
        """The simulated week, from 0."""
        return self._week

    @week.setter
    def week(self, week: int) -> None:
        if week < 0:
            raise ValueError(f"weeks count from 0, not {week}")
        self._week = week

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and close every open connection."""
        self._server.stop()
        self._thread.join()

    def respond(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
        """Return the response to a request, and record it in `requests`; `headers` in lower case."""
        service = self._service(target)
        prefix = "" if service is None else service.prefix
        path = urlsplit(target).path
        request = Request(
            method,
            target.removeprefix(prefix),
            headers,
            self.url + prefix,
            body=body,
            previous=self._previous.get(path),
        )
        if service is None:
            response = self._control(request)
        else:
            if self.on_request:
                self.on_request(request)
            request = dataclasses.replace(request, week=self.week)
            fault = self.faults(request) if self.faults else None
            response = fault(request, service.respond) if fault else service.respond(request)
            self._previous[path] = request.target
        self.requests.append(Seen(method, path, urlsplit(target).query, response.status, "authorization" in headers))
        return self._coded(response, headers.get("accept-encoding", ""))

    def _service(self, target: str) -> Service | None:
        if target.startswith("/_sandbox"):
            return None
        return next(service for service in self._services if target.startswith(service.prefix))

    def _control(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/_sandbox":
                return self._status()
            case "POST", "/_sandbox/week":
                try:
                    self.week = int(json.loads(request.body)["week"])
                except (ValueError, KeyError, TypeError) as error:
                    return json_response({"error": f'expected {{"week": n}} with n from 0: {error}'}, 400)
                return self._status()
        return json_response({"error": "the sandbox knows GET /_sandbox and POST /_sandbox/week"}, 404)

    def _status(self) -> Response:
        now = self.world.now(self.week).isoformat().replace("+00:00", "Z")
        known = {"week": self.week, "now": now, "models": self.world.models, "seed": self.world.seed}
        return json_response({"sandbox": True, "notice": "everything served here is synthetic", **known})

    def _coded(self, response: Response, accepted: str) -> Response:
        """Return the response compressed if the client accepts gzip and it saves bytes."""
        headers = response.headers
        if (
            not self._packing
            or "gzip" not in accepted
            or "Content-Encoding" in headers
            or len(response.body) < _WORTH_PACKING
        ):
            return response
        tag = headers.get("ETag", "")
        packed = self._packed.get(tag) if self.hub.options.cache else None
        if packed is None:
            packed = gzip.compress(response.body, 1, mtime=0)
            if self.hub.options.cache and tag:
                self._packed[tag] = packed
        coded = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return dataclasses.replace(response, body=packed, headers=coded)


class _Server(ThreadingHTTPServer):
    """Accepts connections, each in its own thread, and can close them all."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.stopping = threading.Event()
        self.connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def stop(self) -> None:
        """Stop listening, wake stalled responses and close every connection."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            _hang_up(connection)


class _Handler(BaseHTTPRequestHandler):
    """Reads the requests of one connection and sends responses, byte for byte as the sandbox decides."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.sandbox.respond(self.command, self.path, headers, body))

    do_GET = do_POST = do_PUT = do_HEAD = _respond

    def _send(self, response: Response) -> None:
        if response.wait:
            self.server.stopping.wait(response.wait)
        if response.reset and response.cut_at is None:
            self._break_off()
            return
        if response.hang_up:
            self._end()
            return
        head = self._head(response)
        body = memoryview(b"" if self.command == "HEAD" else response.body)
        if response.drip:
            self._drip(head, bytes(body), response)
            return
        self.wfile.write(head)
        if response.pause:
            middle = int(len(body) * response.pause_at)
            self.wfile.write(body[:middle])
            self.server.stopping.wait(response.pause)
            body = body[middle:]
        if response.cut_at is not None:
            self.wfile.write(body[: int(len(body) * response.cut_at)])
            if response.reset:
                self._break_off()
            else:
                self._end()
        else:
            self.wfile.write(body)
            if {
                "Content-Length",
                "Transfer-Encoding",
            } & response.headers.keys():  # the fault's own: the end of the body is unclear
                self._end()

    def _drip(self, head: bytes, body: bytes, response: Response) -> None:
        slow, rest = (head, body) if response.drip_head else (body, b"")
        self.wfile.write(b"" if response.drip_head else head)
        for place in range(len(slow)):
            self.wfile.write(slow[place : place + 1])
            if self.server.stopping.wait(response.drip):
                return
        self.wfile.write(rest)

    def _end(self) -> None:
        self.close_connection = True
        _hang_up(self.connection)

    def _break_off(self) -> None:
        """Close the connection with a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def _head(self, response: Response) -> bytes:
        headers = {
            "Date": email.utils.formatdate(usegmt=True),
            **({} if "Transfer-Encoding" in response.headers else {"Content-Length": str(len(response.body))}),
            **({"Connection": "close"} if self.close_connection else {}),
            **response.headers,
            **MARK,
        }
        reason = http.client.responses.get(response.status, "")
        lines = [f"HTTP/1.1 {response.status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def end_headers(self) -> None:
        """Mark the base class's own errors too."""
        for name, value in MARK.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401 - the base class names and types them
        """Log nothing; `Sandbox.requests` has every request."""


def _hang_up(connection: socket.socket) -> None:
    """Shut a connection down for both sides."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def present_week() -> int:
    """Return the week of a world that it is now; 0 before the first."""
    return max((datetime.now(UTC).date() - START).days // 7, 0)


def serve(
    port: int,
    models: int,
    seed: int,
    week: int,
    quota: int,
    window_seconds: float,
    *,
    is_hostile: bool = False,
    is_script: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM, after printing the address and the settings; in the main thread only.

    `is_script`: a shell can read the lines.
    """
    stop = threading.Event()

    def stopped(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, stopped) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Sandbox(models, seed, week, quota, window_seconds, port=port, hub=HubOptions(odd_pages=True)) as sandbox:
            sandbox.faults = hostile if is_hostile else None
            print(f"# {sandbox.url}" if is_script else sandbox.url)
            for name, address in sorted(sandbox.addresses.items()):
                print(f"{'export ' if is_script else ''}{name}={address}")
            # huggingface_hub pushes by the LFS protocol: the sandbox does not speak Xet.
            for setting in (f"TIDEGAUGE_SEC_ISSUERS={SEC_ISSUERS}", "HF_HUB_DISABLE_XET=1"):
                print(f"{'export ' if is_script else ''}{setting}")
            sys.stdout.flush()
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
