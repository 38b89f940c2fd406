"""GitHub: stars and contributors of a project."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs, urlsplit

import msgspec

from assets.http.client import Request, Response, Service
from assets.http.errors import (
    ItemNotFoundError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
    item_not_found,
    unexpected_field,
)
from assets.http.json_decoding import Count, People, decoded
from assets.http.link_header import read_link
from assets.list_source import ItemErrors, not_recorded, weekly_observation
from assets.settings import ServiceAddress, ServiceKey, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

NAME = "github"
ADDRESS = ServiceAddress("TIDEGAUGE_GITHUB_URL", "https://api.github.com")
TOKEN = ServiceKey(
    "TIDEGAUGE_GITHUB_TOKEN", "GitHub token without any permission: 5,000 calls an hour. Without it there are 60."
)
# Two calls a project: without a token GitHub allows 60 an hour, and a refresh may run twice in an hour.
MOST_PROJECTS = 14
_GONE = frozenset({404, 410, 451})
# Words of the two messages about a used up quota.
_LIMITED = ("rate limit", "abuse detection")
_NUMBER = re.compile(r"/repositories/([0-9]{1,15})/?$")


@dataclass(frozen=True)
class Repository:
    """A project: its permanent number, its present name, and its stars."""

    id: int
    name: str
    stars: int


class _Repository(msgspec.Struct):
    id: Count
    full_name: str
    stargazers_count: People


class _Refusal(msgspec.Struct):
    message: str


def github_service(url: str, token: str | None) -> Service:
    """Return GitHub at `url`; a token is optional."""
    headers = {
        "Accept": "application/vnd.github+json",
        "Accept-Encoding": "gzip",
        "User-Agent": "tidegauge",
        "X-GitHub-Api-Version": "2022-11-28",
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }
    return Service(NAME, url, headers, known_as=(ADDRESS.default,), spacing_s=0.5, attempts=4)


def repository_request(project: str) -> Request:
    """Return the request for a project, owner/name; that it has moved or is gone is a response too."""
    return Request(f"repos/{project}", also=_GONE | {301, 307, 403})


def moved_request(headers: Mapping[str, str], project: str) -> Request:
    """Return the request for the new address of a moved project; `Service` rejects another host."""
    location = headers.get("Location", "")
    if not location:
        raise unexpected_field(NAME, project, "Location", "the address that it has moved to", location)
    return Request(location, also=_GONE | {403})


def contributors_request(repository: Repository) -> Request:
    """Return the request for one contributor a page: the number of the last page is the number of contributors."""
    return Request(
        f"repos/{repository.name}/contributors",
        {"per_page": "1", "anon": "1"},
        also=frozenset({204, 403}),
        unconditional=True,
    )


def read_repository(status: int, body: bytes, project: str, moved_to: str | None = None) -> Repository:
    """Return a project; `moved_to` is the address to which GitHub has redirected, with the number of the project.

    Raises:
        ItemNotFoundError: it is gone.
        UnexpectedResponseError: the response does not fit, or is about another project.
        UnreachableError: the quota is used up.
    """
    if status in _GONE:
        raise item_not_found(NAME, project, f"there is no such project (status {status})")
    if status == 403:
        raise _refusal(body, project)
    found = decoded(NAME, project, body, _Repository)
    if found.full_name.count("/") != 1:
        raise unexpected_field(NAME, project, "full_name", "owner/name", found.full_name)
    number = _NUMBER.search(urlsplit(moved_to or "").path)
    if number and int(number[1]) != found.id:
        raise unexpected_field(NAME, project, "id", f"{number[1]}, the project that it has moved to", found.id)
    if moved_to is None and found.full_name.casefold() != project.casefold():
        raise unexpected_field(NAME, project, "full_name", project, found.full_name)
    return Repository(found.id, found.full_name, found.stargazers_count)


def read_contributors(status: int, link: str, body: bytes, project: str) -> int:
    """Return the number of contributors; beyond the first 500 e-mail addresses GitHub counts addresses, not accounts.

    Raises:
        ItemNotFoundError: GitHub does not count them, because the history is too large or empty.
        UnexpectedResponseError: the response does not fit.
        UnreachableError: the quota is used up.
    """
    where = f"contributors of {project}"
    if status == 204:
        raise item_not_found(NAME, where, "the project is empty (status 204)")
    if status == 403:
        raise _refusal(body, where)
    first_page = decoded(NAME, where, body, list[dict[str, object]])
    if len(first_page) != 1:
        raise unexpected_field(NAME, where, "(the whole)", "one contributor a page", f"{len(first_page)} of them")
    if not link:
        return 1
    page = parse_qs(urlsplit(read_link(link, "last") or "").query).get("page", [""])[-1]
    if not (page.isascii() and page.isdecimal() and len(page) <= 8 and int(page) > 1):
        raise unexpected_field(NAME, where, "Link", 'a last page after the first, rel="last"', link)
    return int(page)


def _refusal(body: bytes, where: str) -> SourceError:
    """Return the error of status 403: the list is too large to be counted, the project is blocked, or the quota is used up."""
    message = decoded(NAME, where, body, _Refusal).message
    if "too large" in message:
        return item_not_found(NAME, where, "GitHub does not count them: the list is too large")
    if not any(word in message.lower() for word in _LIMITED):
        return UnexpectedResponseError(
            NAME,
            f"{where}: refused with status 403: {message[:120]!r}.",
            kept="everything that was there before.",
            remedy="look at the page of the project; GitHub blocks some, and asks some tokens for an authorization.",
            status=403,
        )
    return UnreachableError(
        NAME,
        f"{where}: refused with status 403: {message[:120]!r}.",
        kept="everything that was there before.",
        remedy="wait an hour, or set TIDEGAUGE_GITHUB_TOKEN for 5,000 calls an hour.",
        status=429,
    )


def fetch_repository(send: Callable[[Request], Response], project: str) -> Repository:
    """Return a project, also if it has moved. Raises SourceError like `send` and `read_repository`."""
    response, moved_to = send(repository_request(project)), None
    if response.status in (301, 307):
        moved_to = response.headers.get("Location", "")
        response = send(moved_request(response.headers, project))
    return read_repository(response.status, response.body, project, moved_to)


def collect(context: SourceContext) -> SourceResult:
    """Collect the stars and contributors of each listed project. Raises SourceError like `collect_items`.

    A project and its contributors are two items: without the one there is still the other.
    """
    service = github_service(context.settings.address(ADDRESS), context.settings.key(TOKEN))
    observations: list[Observation] = []
    uncounted: list[str] = []
    errors = ItemErrors(context.responses)
    for project in lists.github_projects():
        with errors.item(project):
            found = fetch_repository(partial(context.responses.fetch, service), project)
            words = {"repository_id": str(found.id), **({"present_name": found.name} if found.name != project else {})}
            observations.append(
                weekly_observation(context, "github_stars", "stars", project, found.stars, attributes=words)
            )
            with errors.item(f"contributors of {project}"):
                response = context.responses.fetch(service, contributors_request(found))
                link = response.headers.get("Link", "")
                try:
                    people = read_contributors(response.status, link, response.body, project)
                except ItemNotFoundError as error:  # GitHub never counts them: nothing is missing this week
                    uncounted.append(error.reason)
                    continue
                observations.append(
                    weekly_observation(
                        context, "github_contributors", "contributors", project, people, attributes=words
                    )
                )
    errors.raise_if_too_many()
    return SourceResult(
        observations,
        figures=not_recorded(uncounted),
        set_aside=errors.set_aside,
        identified_by="repository_id",
    )


def probe(settings: Settings) -> str:
    """Request the first listed project; return what works. Raises SourceError like `read_repository`."""
    project, token = lists.github_projects()[0], settings.key(TOKEN)
    service = github_service(settings.address(ADDRESS), token)
    stars = fetch_repository(service.single_attempt().send, project).stars
    how = "with a token" if token else "without a token (60 calls an hour)"
    return f"{how}; {project} has {stars:,} stars"


SOURCE = Source(
    name=NAME,
    title="GitHub",
    home_page="https://github.com",
    licence="GitHub Terms of Service",
    citation="GitHub REST API (https://api.github.com/repos), read weekly by Tidegauge",
    caveat=(
        "A chosen list of projects. Stars can be bought; contributors of very large projects are not counted by "
        "GitHub and have no figure."
    ),
    addresses=(ADDRESS,),
    keys=(TOKEN,),
    probe=probe,
    group="platforms",
    kinds=frozenset({"python", "github"}),
    description="Stars and contributors of the listed projects on GitHub.",
    collect=collect,
)
