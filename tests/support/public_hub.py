"""huggingface.co as readers address it: a proxy that answers for it, with TLS, out of the sandbox.

DuckDB and polars read `hf://` from https://huggingface.co only. The proxy accepts CONNECT, presents a certificate of an
authority that was made for the test, and passes each request on to the sandbox.
"""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HOST = "huggingface.co"


@dataclass(frozen=True)
class PublicHub:
    """The address of the proxy, and the file of the authority to trust."""

    proxy: str
    authority: Path


@contextmanager
def public_hub(sandbox: str, folder: Path) -> Iterator[PublicHub]:
    """Serve huggingface.co from the sandbox at this address, behind a proxy on loopback."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate,
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    behind = urlsplit(sandbox)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):  # the server is closed
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        def serve(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(4096)
                hub = socket.create_connection((str(behind.hostname), int(behind.port or 80)))
                if head.startswith(b"CONNECT "):
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    reader = context.wrap_socket(connection, server_side=True)
                else:  # of the storage, without TLS
                    hub.sendall(head)
                    reader = connection
                with reader, hub:
                    backwards = threading.Thread(target=pass_on, args=(hub, reader), daemon=True)
                    backwards.start()
                    pass_on(reader, hub)
                    backwards.join()

        threading.Thread(target=accept, daemon=True).start()
        yield PublicHub(f"http://127.0.0.1:{server.getsockname()[1]}", certificate)


def pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
