"""What the environment says about the network: the certificate authorities to trust, and the proxies."""

import os
import re
import ssl
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import requests

from assets.http.addresses import is_loopback

# In the order of requests, which knows the first two; OpenSSL, curl and most other programs know the third.
CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

# What http.client says if a proxy refuses CONNECT: not 408, 425 or 429, which may pass.
_REFUSED = re.compile(r"Tunnel connection failed: (?P<status>4(?!08|25|29)[0-9]{2}[^'\")\n]{0,60})")


@dataclass(frozen=True)
class Obstacle:
    """Why no request can be sent from this machine as it is set up, and what to do."""

    reason: str
    remedy: str


def ca_bundle() -> tuple[str, str] | None:
    """Return the variable that names the trusted certificate authorities, and the file or folder; None if none is set."""
    return next(((name, os.environ[name]) for name in CA_BUNDLES if os.environ.get(name)), None)


def proxies(address: str) -> dict[str, str]:
    """Return the proxies for an address by scheme, from *_proxy and no_proxy. This machine is never requested through one."""
    return {} if is_loopback(address) else requests.utils.get_environ_proxies(address)


def proxy(address: str) -> str | None:
    """Return the URL of the proxy for an address; None if it is requested directly."""
    found = requests.utils.select_proxy(address, proxies(address))
    return requests.utils.prepend_scheme_if_needed(found, "http") if found else None


def obstacle(address: str) -> Obstacle | None:
    """Return why an address cannot be requested as the environment is set; None if nothing is wrong with it."""
    if is_loopback(address) and not address.startswith("https:"):
        return None
    if (bundle := ca_bundle()) and (wrong := _why_unusable(bundle[1])):
        return Obstacle(
            f"{bundle[0]} names {bundle[1]} as the certificate authorities to trust, and {wrong}.",
            f"correct {bundle[0]}, or unset it; then run this again.",
        )
    try:
        used = proxy(address) or ""
    except ValueError:  # its text may hold the password of the proxy
        return Obstacle(
            "the proxy in the environment (https_proxy, http_proxy or all_proxy) is no URL.",
            "correct the variable, or unset it; then run this again.",
        )
    if used.startswith("socks") and find_spec("socks") is None:
        return Obstacle(
            "the proxy in the environment (https_proxy, http_proxy or all_proxy) speaks SOCKS, and the package for it is "
            "not installed.",
            "`.venv/bin/uv pip install 'requests[socks]'` (elsewhere: pip install 'requests[socks]'), or unset the "
            "variable, or name a proxy that speaks HTTP; then run this again.",
        )
    return None


def refusal(address: str, error: Exception) -> Obstacle | None:
    """Return the obstacle if the proxy refuses to connect to an address, as `error` says; None if it is another error."""
    found = _REFUSED.search(str(error))
    if found is None:
        return None
    return Obstacle(
        f"the proxy in the environment refuses to connect to {urlsplit(address).hostname}: status {found['status'].strip()}.",
        "let the proxy allow the addresses of docs/settings.md (status 407: give it a name and a password in https_proxy), or "
        "name another proxy, or unset https_proxy; then run this again.",
    )


def about_untrusted_certificates() -> str:
    """Return what to do where a certificate is not trusted, with the authorities that are trusted now."""
    bundle = ca_bundle()
    now = f"{bundle[0]}, now {bundle[1]}," if bundle else f"one of {', '.join(CA_BUNDLES)}, of which none is set,"
    return (
        f"if your network signs certificates with an authority of its own, set {now} to a PEM file that contains it; "
        f"{' comes before '.join(CA_BUNDLES)}. Otherwise check the clock of this machine."
    )


@cache
def _why_unusable(bundle: str) -> str | None:
    if Path(bundle).is_dir():
        return None
    if not Path(bundle).exists():
        return "there is no such file"
    try:
        ssl.create_default_context(cafile=bundle)
    except OSError as error:
        return f"it cannot be read as PEM certificates ({error})"
    return None
