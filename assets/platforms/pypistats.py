"""PyPI Stats: downloads of a Python package over the last 30 days, without mirrors."""

import re

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import item_not_found, unexpected_field
from assets.http.json_decoding import Count, decoded
from assets.list_source import collect_items, weekly_observation
from assets.settings import ServiceAddress, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

NAME = "pypistats"
ADDRESS = ServiceAddress("TIDEGAUGE_PYPISTATS_URL", "https://pypistats.org")
_SEPARATORS = re.compile(r"[-_.]+")


class _Sums(msgspec.Struct):
    last_day: Count
    last_week: Count
    last_month: Count


class _Recent(msgspec.Struct):
    data: _Sums
    package: str
    type: str


def pypistats_service(url: str) -> Service:
    """Return PyPI Stats at `url`."""
    return Service(NAME, url, {"User-Agent": "tidegauge", "Accept-Encoding": "gzip"}, spacing_s=2.0, attempts=4)


def recent_request(package: str) -> Request:
    """Return the request for the downloads of the last 1, 7 and 30 days; status 404 is a response too."""
    return Request(f"api/packages/{package}/recent", also=frozenset({404}))


def read_downloads(status: int, body: bytes, package: str) -> int:
    """Return the downloads over the last 30 days, which the service calls a month.

    Raises:
        ItemNotFoundError: there is no such package.
        UnexpectedResponseError: the response does not fit, is about another package, a day exceeds its week
            or month, or the month is 0, which is an outage.
    """
    if status == 404:
        raise item_not_found(NAME, package, "there is no such package (status 404)")
    recent = decoded(NAME, package, body, _Recent)
    if _normal(recent.package) != _normal(package):
        raise unexpected_field(NAME, package, "package", package, recent.package)
    if recent.type != "recent_downloads":
        raise unexpected_field(NAME, package, "type", "recent_downloads", recent.type)
    sums = recent.data
    if not sums.last_day <= sums.last_week <= sums.last_month:
        raise unexpected_field(
            NAME, package, "data", "a day within a week within a month", msgspec.structs.asdict(sums)
        )
    if sums.last_month == 0:  # also without an earlier reading to compare with
        raise unexpected_field(
            NAME, package, "data.last_month", "more than 0: a package of the list is installed every day", 0
        )
    return sums.last_month


def _normal(package: str) -> str:
    """Return a package name in the normal form of PEP 503."""
    return _SEPARATORS.sub("-", package).lower()


def collect(context: SourceContext) -> SourceResult:
    """Collect the downloads of each listed package. Raises SourceError like `collect_items`."""
    service = pypistats_service(context.settings.address(ADDRESS))

    def collect_item(package: str) -> list[Observation]:
        response = context.responses.fetch(service, recent_request(package))
        downloads = read_downloads(response.status, response.body, package)
        return [weekly_observation(context, "pypi_downloads_30d", "downloads", package, downloads)]

    return collect_items(context, lists.pypi_packages(), collect_item)


def probe(settings: Settings) -> str:
    """Request the first listed package; return what works. Raises SourceError like `read_downloads`."""
    package = lists.pypi_packages()[0]
    response = pypistats_service(settings.address(ADDRESS)).single_attempt().send(recent_request(package))
    return f"without a key; {package} was downloaded {read_downloads(response.status, response.body, package):,} times"


SOURCE = Source(
    name=NAME,
    title="PyPI Stats",
    home_page="https://pypistats.org",
    licence="No licence is stated; drawn from the public download records of the Python Software Foundation",
    citation="PyPI Stats (https://pypistats.org), read weekly by Tidegauge",
    caveat=(
        "Downloads by machines, test runs included. A sliding window of 30 days: two weekly readings share 23 of "
        "their days."
    ),
    addresses=(ADDRESS,),
    probe=probe,
    group="platforms",
    kinds=frozenset({"python", "pypi"}),
    description="Downloads of the listed Python packages over 30 days, without mirrors.",
    collect=collect,
)
