"""A session of HTTP that brings nothing along and tells nothing: what every client here asks with."""

import logging
from collections.abc import Iterable
from urllib.parse import quote

import requests


class BareSession(requests.Session):
    """A session for an address: with the environment's proxy, and without ~/.netrc, which would replace our header.

    urllib3 would log the address of an answer whose headers are damaged, and the headers; both may hold a key.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
        self.trust_env = False
        self.proxies = requests.utils.get_environ_proxies(address)


def repeats(keys: Iterable[str], response: requests.Response, body: bytes) -> bool:
    """Say whether an answer, in its body, its headers or its reason, holds one of our keys, as it is or percent-encoded."""
    forms = {form.encode() for key in keys if key for form in (key, quote(key, safe=""))}
    heads = [response.reason or "", *response.headers.values()]
    return any(form in body or any(form in head.encode("latin-1", "replace") for head in heads) for form in forms)
