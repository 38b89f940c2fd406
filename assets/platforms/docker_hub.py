"""Docker Hub: how often an image was pulled since it was put up."""

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import item_not_found, unexpected_field
from assets.http.json_decoding import Count, decoded

SOURCE = "docker_hub"


class _Repository(msgspec.Struct):
    namespace: str
    name: str
    pull_count: Count


def docker_hub_service(url: str) -> Service:
    """Give Docker Hub at `url`."""
    return Service(SOURCE, url, {"User-Agent": "tidegauge", "Accept-Encoding": "gzip"}, spacing_s=1.0, attempts=4)


def repository_request(image: str) -> Request:
    """Ask for an image, namespace/name; that there is none is an answer too."""
    return Request(f"v2/repositories/{image}/", also=frozenset({404}))


def read_pulls(status: int, body: bytes, image: str) -> int:
    """Read how often an image was pulled.

    Raises:
        ItemNotFoundError: there is no such image.
        UnexpectedResponseError: the answer does not fit, or is of another image.
    """
    if status == 404:
        raise item_not_found(SOURCE, image, "there is no such image (status 404)")
    found = decoded(SOURCE, image, body, _Repository)
    if f"{found.namespace}/{found.name}".casefold() != image.casefold():
        raise unexpected_field(SOURCE, image, "namespace, name", image, f"{found.namespace}/{found.name}")
    return found.pull_count


def probe(url: str, image: str) -> str:
    """Ask for one image, and say how it went. Raises SourceError like `read_pulls`."""
    response = docker_hub_service(url).single_attempt().send(repository_request(image))
    return f"without a key; {image} was pulled {read_pulls(response.status, response.body, image):,} times"
