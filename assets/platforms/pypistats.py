"""PyPI Stats: downloads of a Python package over the last 30 days, mirrors left out."""

import re

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import item_not_found, unexpected_field
from assets.http.json_decoding import Count, decoded

SOURCE = "pypistats"
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
    """Give PyPI Stats at `url`."""
    return Service(SOURCE, url, {"User-Agent": "tidegauge", "Accept-Encoding": "gzip"}, spacing_s=2.0, attempts=4)


def recent_request(package: str) -> Request:
    """Ask for the downloads of the last 1, 7 and 30 days; that there is no such package is an answer too."""
    return Request(f"api/packages/{package}/recent", also=frozenset({404}))


def read_downloads(status: int, body: bytes, package: str) -> int:
    """Read the downloads over the last 30 days, which the service calls a month.

    Raises:
        ItemNotFoundError: there is no such package.
        UnexpectedResponseError: the answer does not fit, is of another package, or its days outgrow its month.
    """
    if status == 404:
        raise item_not_found(SOURCE, package, "there is no such package (status 404)")
    recent = decoded(SOURCE, package, body, _Recent)
    if _normal(recent.package) != _normal(package):
        raise unexpected_field(SOURCE, package, "package", package, recent.package)
    if recent.type != "recent_downloads":
        raise unexpected_field(SOURCE, package, "type", "recent_downloads", recent.type)
    sums = recent.data
    if not sums.last_day <= sums.last_week <= sums.last_month:
        raise unexpected_field(
            SOURCE, package, "data", "a day within a week within a month", msgspec.structs.asdict(sums)
        )
    return sums.last_month


def probe(url: str, package: str) -> str:
    """Ask for one package, and say how it went. Raises SourceError like `read_downloads`."""
    response = pypistats_service(url).single_attempt().send(recent_request(package))
    return f"without a key; {package} was downloaded {read_downloads(response.status, response.body, package):,} times"


def _normal(package: str) -> str:
    """Give a package's name as PEP 503 compares names."""
    return _SEPARATORS.sub("-", package).lower()
