"""The curated lists: what sources are asked about, and under which name it is kept; each entry with its reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from warehouse.seeds.csv_reader import LISTS, Address, AnyRow, Number, Row, Whole, read_list

# Names become part of an address: they hold nothing that has a meaning there.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")]
OwnerAndName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")
]


class Listed(Row):
    """A row of a list; `note` says why it is there, or how it was found."""

    note: str


class Subreddit(Listed):
    """A row of `subreddit.csv`: a subreddit without its r/."""

    subreddit: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{1,20}$")]


class DiscordInvite(Listed):
    """A row of `discord_invite.csv`: a permanent invite, and the server that it must lead to."""

    community: str
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{2,32}$")]
    guild_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{15,20}$")]


class HubOrganisation(Listed):
    """A row of `hub_organisation.csv`: an organisation's name in addresses of the Hub."""

    organisation: Name


class ReplicateModel(Listed):
    """A row of `replicate_model.csv`: a model on Replicate, owner/name."""

    model: OwnerAndName


class PypiPackage(Listed):
    """A row of `pypi_package.csv`: a package on the Python Package Index."""

    package: Name


class DockerImage(Listed):
    """A row of `docker_image.csv`: an image on Docker Hub, namespace/name."""

    image: OwnerAndName


class GithubProject(Listed):
    """A row of `github_project.csv`: a project on GitHub, owner/name."""

    project: OwnerAndName


class InferencexModel(Row):
    """A row of `inferencex_model.csv`: a model by the name that InferenceX is asked for, and the key that its rows carry.

    Point releases share a name.
    """

    display_name: str
    key: str
    model: str
    parameters_b: Number | None = None
    evidence: Address
    note: str | None = None


class CompanyName(Listed):
    """A row of `company_name.csv`: a name that a source uses, and the name under which the company is kept here."""

    name: str
    company: str


class SecIssuer(Row):
    """A row of a list of issuers: the CIK under which the SEC knows a company, and what shows that it is the company's."""

    cik: Whole
    company: str
    legal_name: str
    evidence: str
    note: str | None = None


def subreddits(folder: Path = LISTS) -> list[str]:
    """Give the subreddits. Raises CuratedError like `_rows`."""
    return [row.subreddit for row in _rows(folder, "subreddit", Subreddit, lambda row: row.subreddit)]


def discord_invites(folder: Path = LISTS) -> list[DiscordInvite]:
    """Give the invites. Raises CuratedError like `_rows`."""
    return _rows(folder, "discord_invite", DiscordInvite, lambda row: row.community)


def hub_organisations(folder: Path = LISTS) -> list[str]:
    """Give the organisations. Raises CuratedError like `_rows`."""
    return [
        row.organisation for row in _rows(folder, "hub_organisation", HubOrganisation, lambda row: row.organisation)
    ]


def replicate_models(folder: Path = LISTS) -> list[str]:
    """Give the models. Raises CuratedError like `_rows`."""
    return [row.model for row in _rows(folder, "replicate_model", ReplicateModel, lambda row: row.model)]


def pypi_packages(folder: Path = LISTS) -> list[str]:
    """Give the packages. Raises CuratedError like `_rows`."""
    return [row.package for row in _rows(folder, "pypi_package", PypiPackage, lambda row: row.package)]


def docker_images(folder: Path = LISTS) -> list[str]:
    """Give the images. Raises CuratedError like `_rows`."""
    return [row.image for row in _rows(folder, "docker_image", DockerImage, lambda row: row.image)]


def github_projects(folder: Path = LISTS) -> list[str]:
    """Give the projects. Raises CuratedError like `_rows`."""
    return [row.project for row in _rows(folder, "github_project", GithubProject, lambda row: row.project)]


def inferencex_models(folder: Path = LISTS) -> list[InferencexModel]:
    """Give the models, in the order in which they are asked for. Raises CuratedError like `_rows`."""
    return _rows(folder, "inferencex_model", InferencexModel, lambda row: row.key)


def company_names(folder: Path = LISTS) -> dict[str, str]:
    """Give the company of each other name. Raises CuratedError like `_rows`."""
    return {row.name: row.company for row in _rows(folder, "company_name", CompanyName, lambda row: row.name)}


def sec_issuers(file: Path) -> dict[int, str]:
    """Give the company of each pinned CIK; none where the list is empty. Raises CuratedError like `_rows`."""
    lines = read_list(file, SecIssuer, lambda row: row.cik, may_be_empty=True)
    return {line.row.cik: line.row.company for line in lines}


def _rows(folder: Path, name: str, row_class: type[AnyRow], key: Callable[[AnyRow], str]) -> list[AnyRow]:
    """Read a list of names, in which none stands twice, however it is capitalised.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong.
    """
    return [line.row for line in read_list(folder / f"{name}.csv", row_class, lambda row: key(row).casefold())]
