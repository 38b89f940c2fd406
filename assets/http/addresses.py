"""URLs of services: whether they are on this machine, which is never requested through a proxy."""

from collections.abc import MutableMapping
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Where alerts may go (assets.http.notification): encrypted, or to a server on this machine.
_ENCRYPTED = ("https", "slack", "discord", "workflow", "workflows", "mmosts", "gchat", "mailtos")
_PLAIN = ("http", "mmost")


def is_loopback(address: str) -> bool:
    """Return whether the host of a URL is this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_private(address: str) -> bool:
    """Return whether what is sent to a URL cannot be read on the way: it is encrypted, or stays on this machine."""
    return urlsplit(address).scheme == "https" or is_loopback(address)


def takes_alerts(address: str) -> bool:
    """Return whether alerts may be sent to an address: it is encrypted, or on this machine.

    The options of a mail server may name another one (`smtp`), and leave out encryption (`mode`).
    """
    parts = urlsplit(address)
    if parts.scheme in ("mailto", "mailtos"):
        options = {name.lower(): value for name, value in parse_qsl(parts.query)}
        if parts.scheme == "mailto" or options.get("mode", "").lower() == "insecure":
            server = f"//{options['smtp']}" if "smtp" in options else address
            return is_loopback(server)
    return (parts.scheme in _ENCRYPTED and bool(parts.hostname)) or (parts.scheme in _PLAIN and is_loopback(address))


def keep_loopback_direct(environment: MutableMapping[str, str]) -> None:
    """Add this machine to no_proxy where a proxy is set: gRPC, curl and DuckDB read it in this process and its children."""
    names = {name.lower() for name, value in environment.items() if value}
    if not names & {"http_proxy", "https_proxy", "all_proxy", "grpc_proxy"}:
        return
    listed = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host.strip() for host in listed.split(",") if host.strip()]
    joined = ",".join(dict.fromkeys((*hosts, *_LOOPBACK))) if "*" not in hosts else "*"
    environment["no_proxy"] = environment["NO_PROXY"] = joined
