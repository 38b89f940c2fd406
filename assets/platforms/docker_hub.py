"""Docker Hub: all-time pulls of an image."""

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import item_not_found, unexpected_field
from assets.http.json_decoding import Count, decoded
from assets.list_source import collect_items, weekly_observation
from assets.settings import ServiceAddress, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

NAME = "docker_hub"
ADDRESS = ServiceAddress("TIDEGAUGE_DOCKER_HUB_URL", "https://hub.docker.com")


class _Repository(msgspec.Struct):
    namespace: str
    name: str
    pull_count: Count


def docker_hub_service(url: str) -> Service:
    """Return Docker Hub at `url`."""
    return Service(NAME, url, {"User-Agent": "tidegauge", "Accept-Encoding": "gzip"}, spacing_s=1.0, attempts=4)


def repository_request(image: str) -> Request:
    """Return the request for an image, namespace/name; status 404 is a response too."""
    return Request(f"v2/repositories/{image}/", also=frozenset({404}))


def read_pulls(status: int, body: bytes, image: str) -> int:
    """Return the all-time pulls of an image.

    Raises:
        ItemNotFoundError: there is no such image.
        UnexpectedResponseError: the response does not fit, or is about another image.
    """
    if status == 404:
        raise item_not_found(NAME, image, "there is no such image (status 404)")
    found = decoded(NAME, image, body, _Repository)
    if f"{found.namespace}/{found.name}".casefold() != image.casefold():
        raise unexpected_field(NAME, image, "namespace, name", image, f"{found.namespace}/{found.name}")
    return found.pull_count


def collect(context: SourceContext) -> SourceResult:
    """Collect the pulls of each listed image. Raises SourceError like `collect_items`."""
    service = docker_hub_service(context.settings.address(ADDRESS))

    def collect_item(image: str) -> list[Observation]:
        response = context.responses.fetch(service, repository_request(image))
        pulls = read_pulls(response.status, response.body, image)
        return [weekly_observation(context, "docker_hub_pulls", "pulls", image, pulls)]

    return collect_items(context, lists.docker_images(), collect_item)


def probe(settings: Settings) -> str:
    """Request the first listed image; return what works. Raises SourceError like `read_pulls`."""
    image = lists.docker_images()[0]
    response = docker_hub_service(settings.address(ADDRESS)).single_attempt().send(repository_request(image))
    return f"without a key; {image} was pulled {read_pulls(response.status, response.body, image):,} times"


SOURCE = Source(
    name=NAME,
    title="Docker Hub",
    home_page="https://hub.docker.com",
    licence="Docker Terms of Service",
    citation="Docker Hub (https://hub.docker.com/v2/repositories), read weekly by Tidegauge",
    caveat="Pulls by machines, repeated ones included. A chosen list of images.",
    addresses=(ADDRESS,),
    probe=probe,
    group="platforms",
    kinds=frozenset({"python", "docker"}),
    description="Pulls of the listed images from Docker Hub since they were created.",
    collect=collect,
)
