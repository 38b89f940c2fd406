"""Stand-ins of the services that alerts are sent to: they accept what their documentation asks for, and nothing else.

The services are reached at their own addresses, through a proxy on loopback that answers for all of them, with certificates of
an authority that was made for the test.
"""

import json
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "s3cretOfTheHook0123456789"
HOSTS = (
    "hooks.slack.com",
    "discord.com",
    "chat.googleapis.com",
    "prod-15.uksouth.logic.azure.com",
    "mattermost.example.org",
    "example.org",
)


def make_authority(folder: Path) -> tuple[Path, Path]:
    """Return a private certificate authority, and a certificate that it signed for HOSTS with its key, as PEM files."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(
        "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    openssl("req", *key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=services")
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    (folder / "extensions").write_text(
        f"subjectAltName={names}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    )
    openssl(
        "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "extensions", "-out", "signed.pem",
    )  # fmt: skip
    server = folder / "server.pem"
    server.write_text((folder / "signed.pem").read_text() + (folder / "key.pem").read_text())
    return folder / "ca.pem", server


Reply = tuple[int, bytes]
Shape = Callable[[str, dict[str, list[str]], dict[str, Any]], Reply]


def _slack(path: str, _query: dict[str, list[str]], body: dict[str, Any]) -> Reply:
    # https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: text, or blocks or attachments.
    if len(path.strip("/").split("/")) != 4 or not path.startswith("/services/T"):
        return 404, b"no_service"
    texts = [body.get("text"), *(one.get("text") for one in body.get("attachments", []))]
    return (200, b"ok") if any(isinstance(one, str) and one for one in texts) else (400, b"no_text")


def _discord(path: str, _query: dict[str, list[str]], body: dict[str, Any]) -> Reply:
    # https://discord.com/developers/docs/resources/webhook#execute-webhook: content up to 2,000 characters, or embeds.
    if not path.startswith("/api/webhooks/"):
        return 404, b"{}"
    content, embeds = body.get("content") or "", body.get("embeds", [])
    if len(content) > 2000 or len(embeds) > 10 or not (content or embeds):
        return 400, b'{"code": 50006, "message": "Cannot send an empty message"}'
    fits = all(len(one.get("description", "")) <= 4096 and len(one.get("title", "")) <= 256 for one in embeds)
    return (204, b"") if fits else (400, b"{}")


def _teams(path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Reply:
    # "Send webhook alerts to a channel" of Power Automate: a message with adaptive cards.
    if "/workflows/" not in path or "sig" not in query:
        return 401, b"{}"
    cards = [one for one in body.get("attachments", []) if one.get("contentType", "").endswith("card.adaptive")]
    is_card = bool(cards) and all(
        one["content"]["type"] == "AdaptiveCard" and one["content"]["body"] and one["content"]["version"]
        for one in cards
    )
    return (202, b"") if body.get("type") == "message" and is_card else (400, b"{}")


def _google_chat(path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Reply:
    # https://developers.google.com/workspace/chat/quickstart/webhooks: a text, with the key and token of the space.
    if not (path.startswith("/v1/spaces/") and path.endswith("/messages") and {"key", "token"} <= query.keys()):
        return 403, b"{}"
    text = body.get("text")
    return (200, b"{}") if isinstance(text, str) and 0 < len(text) <= 4096 else (400, b"{}")


def _mattermost(path: str, _query: dict[str, list[str]], body: dict[str, Any]) -> Reply:
    # https://developers.mattermost.com/integrate/webhooks/incoming: text, or attachments.
    if not path.startswith("/hooks/"):
        return 404, b"{}"
    return (200, b"ok") if body.get("text") or body.get("attachments") else (400, b"{}")


def _plain(_path: str, _query: dict[str, list[str]], body: dict[str, Any]) -> Reply:
    return (204, b"") if {"event", "kind", "statement", "recorded_at", "origin"} <= body.keys() else (400, b"")


SHAPES: dict[str, Shape] = dict(zip(HOSTS, (_slack, _discord, _google_chat, _teams, _mattermost, _plain), strict=True))


@dataclass
class Receivers:
    """What the services were sent: host, body and status of each request; `down` are statuses to respond with first."""

    requests: list[tuple[str, dict[str, Any], int]] = field(default_factory=list)
    down: list[int] = field(default_factory=list)

    def reply(self, host: str, target: str, body: bytes) -> Reply:
        """Judge a request like its service."""
        parts = urlsplit(target)
        sent = json.loads(body)
        status, text = SHAPES[host](parts.path, parse_qs(parts.query), sent)
        if self.down:
            status, text = self.down.pop(0), b""
        self.requests.append((host, sent, status))
        return status, text


@contextmanager
def receiving(certificate: Path) -> Iterator[tuple[Receivers, str]]:
    """Yield the services, and the address of the proxy through which they are reached."""
    receivers = Receivers()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Proxy(BaseHTTPRequestHandler):
        host = ""

        def do_CONNECT(self) -> None:
            self.host = self.path.partition(":")[0]
            self.send_response(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = receivers.reply(self.host, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            if status in (301, 307):
                self.send_header("Location", "https://example.org/elsewhere")
            self.end_headers()
            self.wfile.write(text)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield receivers, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextmanager
def mail_server() -> Iterator[tuple[list[EmailMessage], int]]:
    """Yield the messages that a mail server on loopback accepts, and its port."""
    messages: list[EmailMessage] = []

    class Smtp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 desk ESMTP\r\n")
            while line := self.rfile.readline():
                command = line.split(None, 1)[0].upper()
                if command == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines: list[bytes] = []
                    while (part := self.rfile.readline()) != b".\r\n":
                        lines.append(part)
                    message = message_from_bytes(b"".join(lines), policy=policy.default)
                    fits = all(message[name] for name in ("From", "To", "Subject", "Date"))
                    messages.extend([message] if fits else [])
                    self.wfile.write(b"250 kept\r\n" if fits else b"554 headers are missing\r\n")
                elif command == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 fine\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield messages, server.server_address[1]
        server.shutdown()


@dataclass
class Hook:
    """A webhook and a heartbeat on loopback: path and body of each POST, and the statuses to respond with first."""

    url: str = ""
    posts: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that came to /alert."""
        return [json.loads(body) for path, body in self.posts if path.startswith("/alert")]

    @property
    def pings(self) -> list[str]:
        """The signals that came to /ping, empty for a success."""
        return [path.removeprefix(f"/ping/{SECRET}").strip("/") for path, _ in self.posts if path.startswith("/ping")]


@contextmanager
def hook() -> Iterator[Hook]:
    """Yield a webhook and a heartbeat on loopback."""
    received = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.posts.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(received.statuses.pop(0) if received.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield received
        server.shutdown()
