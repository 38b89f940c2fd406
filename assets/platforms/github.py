"""GitHub: stars and contributors of a project."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import SourceError, UnreachableError, item_not_found, unexpected_field
from assets.http.json_decoding import Count, People, decoded
from assets.http.link_header import read_link

SOURCE = "github"
PUBLIC_ADDRESS = "https://api.github.com"
# Two calls a project: without a token there are 60 an hour, and a refresh may be run twice in one.
MOST_PROJECTS = 14
_GONE = frozenset({404, 410, 451})


@dataclass(frozen=True)
class Repository:
    """A project: the number it keeps for ever, its present name, and the accounts that have starred it."""

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
    """Give GitHub at `url`; a token is optional."""
    headers = {
        "Accept": "application/vnd.github+json",
        "Accept-Encoding": "gzip",
        "User-Agent": "tidegauge",
        "X-GitHub-Api-Version": "2022-11-28",
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }
    return Service(SOURCE, url, headers, known_as=PUBLIC_ADDRESS, spacing_s=0.5, attempts=4)


def repository_request(project: str) -> Request:
    """Ask for a project, owner/name; that it has moved, or is gone, is an answer too."""
    return Request(f"repos/{project}", also=_GONE | {301, 307, 403})


def moved_request(headers: Mapping[str, str], project: str) -> Request:
    """Ask again where a project has moved to; `Service` refuses an address on another host."""
    location = headers.get("Location", "")
    if not location:
        raise unexpected_field(SOURCE, project, "Location", "the address that it has moved to", location)
    return Request(location, also=_GONE | {403})


def contributors_request(repository: Repository) -> Request:
    """Ask for one contributor a page: the number of the last page is their number."""
    return Request(
        f"repos/{repository.name}/contributors", {"per_page": "1", "anon": "1"}, also=frozenset({204, 403}), anew=True
    )


def read_repository(status: int, body: bytes, project: str) -> Repository:
    """Read a project.

    Raises:
        ItemNotFoundError: it is gone.
        UnexpectedResponseError: the answer does not fit.
        UnreachableError: the quota is used up.
    """
    if status in _GONE:
        raise item_not_found(SOURCE, project, f"there is no such project (status {status})")
    if status == 403:
        raise _refusal(body, project)
    found = decoded(SOURCE, project, body, _Repository)
    if found.full_name.count("/") != 1:
        raise unexpected_field(SOURCE, project, "full_name", "owner/name", found.full_name)
    return Repository(found.id, found.full_name, found.stargazers_count)


def read_contributors(status: int, link: str, body: bytes, project: str) -> int:
    """Read the number of contributors; beyond the first 500 addresses GitHub counts addresses, not people.

    Raises:
        ItemNotFoundError: GitHub does not say, because the history is too large or empty.
        UnexpectedResponseError: the answer does not fit.
        UnreachableError: the quota is used up.
    """
    where = f"contributors of {project}"
    if status == 204:
        raise item_not_found(SOURCE, where, "the project is empty (status 204)")
    if status == 403:
        raise _refusal(body, where)
    first_page = decoded(SOURCE, where, body, list[dict[str, object]])
    if len(first_page) != 1:
        raise unexpected_field(SOURCE, where, "(the whole)", "one contributor a page", f"{len(first_page)} of them")
    if not link:
        return 1
    page = parse_qs(urlsplit(read_link(link, "last") or "").query).get("page", [""])[-1]
    if not (page.isascii() and page.isdecimal() and len(page) <= 8 and int(page) > 1):
        raise unexpected_field(SOURCE, where, "Link", 'a last page after the first, rel="last"', link)
    return int(page)


def probe(url: str, token: str | None, project: str) -> str:
    """Ask for one project, and say how it went. Raises SourceError like `read_repository`."""
    response = github_service(url, token).single_attempt().send(repository_request(project))
    stars = read_repository(response.status, response.body, project).stars
    how = "with a token" if token else "without a token (60 calls an hour)"
    return f"{how}; {project} has {stars:,} stars"


def _refusal(body: bytes, where: str) -> SourceError:
    """Tell a list that is too large, which is no figure, from a quota that is used up, which is no answer."""
    message = decoded(SOURCE, where, body, _Refusal).message
    if "too large" in message:
        return item_not_found(SOURCE, where, "GitHub does not count them: the list is too large")
    return UnreachableError(
        SOURCE,
        f"{where}: refused with status 403: {message[:120]!r}.",
        kept="everything that was there before.",
        remedy="wait an hour, or set TIDEGAUGE_GITHUB_TOKEN for 5,000 calls an hour.",
        status=429,
    )
