"""Whether any service can be reached from this machine: connections are opened and closed, no service is requested."""

import socket
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter

from assets.http import environment
from assets.http.addresses import is_loopback
from assets.http.environment import Obstacle

CONNECT_TIMEOUT_S = 5
# A laptop that wakes up has its network some seconds later.
PATIENCE_S = 12.0
PAUSE_S = 3.0
_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080


def why_unreachable(first: Sequence[str], others: Iterable[str], patience_s: float | None = None) -> Obstacle | None:
    """Return why no address can be reached, directly or through its proxy; None if one can.

    One connection is usually enough: `others` are tried, all at once, if `first` fail. They are tried again for
    `patience_s` (default: PATIENCE_S), unless all of them are on this machine.
    """
    addresses = list(dict.fromkeys((*first, *others)))
    obstacles = [environment.obstacle(address) for address in addresses]
    free = [address for address, obstacle in zip(addresses, obstacles, strict=True) if obstacle is None]
    if not free:
        return next(iter(obstacles), None)
    ends = time.monotonic() + (0 if all(map(is_loopback, free)) else PATIENCE_S if patience_s is None else patience_s)
    if any(why_not_connected(address) is None for address in first if address in free):
        return None
    with ThreadPoolExecutor(max_workers=len(free)) as pool:
        while None not in (reasons := list(pool.map(why_not_connected, free))):
            refusals = [reason for reason in reasons if isinstance(reason, Obstacle)]
            if len(refusals) == len(reasons):
                return refusals[0]
            if time.monotonic() + PAUSE_S > ends:
                return _offline(dict(zip(free, map(_words, reasons), strict=True)))
            time.sleep(PAUSE_S)
    return None


def why_not_connected(address: str) -> str | Obstacle | None:
    """Return why no connection to an address, or to its proxy, can be opened; None if it can.

    It is an obstacle if a proxy refuses the address.
    """
    proxy = environment.proxy(address)
    parts = urlsplit(proxy or address)
    host = parts.hostname or ""
    via = f"{host}, the proxy" if proxy else host
    try:
        socket.create_connection((host, parts.port or _PORTS.get(parts.scheme, _SOCKS_PORT)), CONNECT_TIMEOUT_S).close()
    except (OSError, UnicodeError) as error:
        return f"{via}: {getattr(error, 'strerror', None) or error or type(error).__name__}"
    return (
        _refused_tunnel(address, proxy) if proxy and parts.scheme == "http" and address.startswith("https:") else None
    )


def _refused_tunnel(address: str, proxy: str) -> Obstacle | None:
    """Return the obstacle if a proxy refuses a tunnel to an address; None if it opens one, or has another problem with it."""
    target, through = urlsplit(address), urlsplit(proxy)
    connection = HTTPConnection(through.hostname or "", through.port or _PORTS["http"], timeout=CONNECT_TIMEOUT_S)
    connection.set_tunnel(target.hostname or "", target.port or _PORTS["https"], HTTPAdapter().proxy_headers(proxy))
    try:
        connection.connect()
    except (OSError, HTTPException) as error:
        return environment.refusal(address, error)
    finally:
        connection.close()
    return None


def _words(reason: str | Obstacle | None) -> str | None:
    return reason.reason if isinstance(reason, Obstacle) else reason


def _offline(reasons: dict[str, str | None]) -> Obstacle:
    told = list(dict.fromkeys(reason for reason in reasons.values() if reason))
    more = f", and {len(told) - 3} more" if len(told) > 3 else ""
    why = f"no service could be reached ({'; '.join(told[:3])}{more})"
    if all(map(is_loopback, reasons)):
        places = ", ".join(dict.fromkeys(urlsplit(address).netloc for address in reasons))
        return Obstacle(
            f"{why}: nothing listens at {places} on this machine.",
            "start what should listen there (`tidegauge sandbox`), or unset the TIDEGAUGE_*_URL that name it; then run "
            "the refresh again.",
        )
    return Obstacle(
        f"{why}: this machine seems to be offline.",
        "see whether this machine has a network, and whether it needs a proxy (https_proxy); then run the refresh again; "
        "it continues.",
    )
