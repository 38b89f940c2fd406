"""The network at people's desks: certificate authorities of their own, and proxies."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assets.http import environment, webhook
from assets.http.addresses import keep_loopback_direct
from assets.http.client import Service
from assets.http.errors import UnreachableError
from assets.http.session import TimeLimitedSession


class Answering(BaseHTTPRequestHandler):
    """Answers every GET and POST with JSON, and notes the request line, as a service or as a proxy."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.requestline)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b'{"fine": true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def do_CONNECT(self) -> None:
        self.asked.append(self.requestline)
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield host:port of a server on loopback and the request lines it gets; with a certificate, over TLS."""
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("_", (Answering,), {"asked": asked})) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the certificates and proxies of the machine that runs the tests."""
    for name in (*environment.CA_BUNDLES, "http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a private certificate authority, and a certificate that it signed for 127.0.0.1 with its key, as PEM files."""
    folder = tmp_path_factory.mktemp("authority")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(
        "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Desk CA",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    openssl("req", *key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=127.0.0.1")
    (folder / "extensions").write_text(
        "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    )
    openssl(
        "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "extensions", "-out", "signed.pem",
    )  # fmt: skip
    server = folder / "server.pem"
    server.write_text((folder / "signed.pem").read_text() + (folder / "key.pem").read_text())
    return folder / "ca.pem", server


def service(address: str, waits: list[float] | None = None) -> Service:
    return Service("desk", address, {}, sleep=(waits if waits is not None else []).append)


@pytest.mark.parametrize("variable", environment.CA_BUNDLES)
def test_a_private_authority_is_trusted(authority, monkeypatch, variable):
    bundle, certificate = authority
    monkeypatch.setenv(variable, str(bundle))
    with serving(certificate) as (host, _):
        assert service(f"https://{host}").get("/x").body == b'{"fine": true}'
        webhook.post(f"https://{host}/hook", {"event": "one"})


def test_the_first_variable_wins_as_with_requests(authority, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "of-another-program.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority[0]))
    with serving(authority[1]) as (host, _):
        assert service(f"https://{host}").get("/x").status == 200


def test_an_untrusted_certificate_is_no_matter_of_waiting_and_its_remedy_names_the_variables(authority, monkeypatch):
    waits: list[float] = []
    with serving(authority[1]) as (host, _):
        with pytest.raises(UnreachableError) as error:
            service(f"https://{host}", waits).get("/x")
        with pytest.raises(webhook.NotDeliveredError, match="REQUESTS_CA_BUNDLE"):
            webhook.post(f"https://{host}/hook", {}, sleep=lambda _: None)
    assert waits == []
    assert "is not trusted: unable to get local issuer certificate" in error.value.reason
    assert all(variable in error.value.remedy for variable in environment.CA_BUNDLES)


@pytest.mark.parametrize(
    ("content", "why"), [(None, "there is no such file"), ("not PEM", "cannot be read as PEM certificates")]
)
def test_a_bundle_that_cannot_be_used_is_said_in_words(monkeypatch, tmp_path, content, why):
    bundle = tmp_path / "desk.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("CURL_CA_BUNDLE", str(bundle))
    waits: list[float] = []
    with pytest.raises(UnreachableError, match=why) as error:
        service("https://service.invalid", waits).get("/x")
    assert f"CURL_CA_BUNDLE names {bundle}" in error.value.reason
    assert waits == []
    with pytest.raises(webhook.NotDeliveredError, match=why):
        webhook.post("https://service.invalid/hook", {}, sleep=lambda _: None)


def test_a_proxy_is_used_as_the_environment_says(monkeypatch):
    with serving() as (proxy, asked):
        monkeypatch.setenv("http_proxy", f"http://{proxy}")
        assert service("http://service.invalid").get("/x").status == 200
        assert asked == ["GET http://service.invalid/x HTTP/1.1"]
        monkeypatch.setenv("http_proxy", proxy)  # many write it without http://
        assert service("http://service.invalid").get("/y").status == 200
        monkeypatch.setenv("https_proxy", f"http://{proxy}")
        with pytest.raises(UnreachableError, match="403"):
            service("https://service.invalid").single_attempt().get("/x")
        assert asked[-1].startswith("CONNECT service.invalid:443 ")
        asked.clear()
        with pytest.raises(UnreachableError, match=r"refuses to connect to service\.invalid"):
            service("https://service.invalid").get("/x")
        assert len(asked) == 1, "what the proxy refuses is not retried"


@pytest.mark.parametrize("excluded", ["service.invalid", ".invalid", "other.example, service.invalid", "*"])
def test_no_proxy_is_honoured(monkeypatch, excluded):
    with serving() as (proxy, asked):
        monkeypatch.setenv("http_proxy", f"http://{proxy}")
        monkeypatch.setenv("no_proxy", excluded)
        with pytest.raises(UnreachableError):
            service("http://service.invalid").single_attempt().get("/x")
        assert asked == []


@pytest.mark.parametrize("no_proxy", [None, "", "example.org"])
@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
def test_this_machine_is_never_requested_through_a_proxy(monkeypatch, no_proxy, scheme):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"{scheme}://127.0.0.1:9")
    if no_proxy is not None:
        monkeypatch.setenv("no_proxy", no_proxy)
    with serving() as (host, asked):
        port = host.rpartition(":")[2]
        for name in ("127.0.0.1", "localhost"):
            assert service(f"http://{name}:{port}").get("/x").status == 200
        webhook.post(f"http://{host}/hook", {})
    assert len(asked) == 3
    assert TimeLimitedSession("http://[::1]:1").proxies == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, None),
        ({"no_proxy": "example.org"}, "example.org"),
        ({"HTTP_PROXY": "http://p"}, "localhost,127.0.0.1,::1"),
        ({"https_proxy": "http://p", "NO_PROXY": "example.org, localhost"}, "example.org,localhost,127.0.0.1,::1"),
        ({"all_proxy": "http://p", "no_proxy": "*"}, "*"),
    ],
)
def test_other_libraries_of_a_command_reach_this_machine_directly_too(before, after):
    keep_loopback_direct(before)
    assert before.get("no_proxy") == after


def test_a_socks_proxy_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    monkeypatch.setenv("https_proxy", "socks5h://127.0.0.1:1080")
    waits: list[float] = []
    with pytest.raises(UnreachableError, match="SOCKS") as error:
        service("https://service.invalid", waits).get("/x")
    assert "pip install 'requests[socks]'" in error.value.remedy
    assert "unset" in error.value.remedy
    assert waits == []
