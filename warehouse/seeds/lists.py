"""Curated lists of what the sources are queried for, and of names; each entry with its reason in `note`.

Each function reads one list and raises CuratedError, like `read_seeds`, for everything that is wrong with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.seeds.csv_reader import ADDRESS, LISTS, Format, Row, Seed, read_seed, text_columns
from warehouse.tables.table import Column, required

# Names become part of a URL, so they contain no character with a meaning there.
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_NAME = Format(_PART, "a name of letters, digits, dots, hyphens and underscores")
_OWNER_AND_NAME = Format(rf"{_PART}/{_PART}", "owner/name, of letters, digits, dots, hyphens and underscores")
_SUBREDDIT = Format(r"[A-Za-z0-9][A-Za-z0-9_]{1,20}", "a subreddit without its r/")


@dataclass(frozen=True)
class DiscordInvite:
    """A permanent invite to a community, and the server (`guild_id`) that it must lead to."""

    community: str
    code: str
    guild_id: str
    note: str


@dataclass(frozen=True)
class InferencexModel:
    """The name of a model in requests to InferenceX (point releases share one), in its responses (`key`), and here."""

    display_name: str
    key: str
    model: str
    parameters_b: float | None
    evidence: str
    note: str | None


def subreddits(folder: Path = LISTS) -> list[str]:
    """Return the subreddits, without their r/."""
    return _names(folder, "subreddit", "subreddit", _SUBREDDIT)


def hub_organisations(folder: Path = LISTS) -> list[str]:
    """Return the organisations by their names in URLs of the Hub."""
    return _names(folder, "hub_organisation", "organisation", _NAME)


def replicate_models(folder: Path = LISTS) -> list[str]:
    """Return the models on Replicate, owner/name."""
    return _names(folder, "replicate_model", "model", _OWNER_AND_NAME)


def pypi_packages(folder: Path = LISTS) -> list[str]:
    """Return the packages on the Python Package Index."""
    return _names(folder, "pypi_package", "package", _NAME)


def docker_images(folder: Path = LISTS) -> list[str]:
    """Return the images on Docker Hub, namespace/name."""
    return _names(folder, "docker_image", "image", _OWNER_AND_NAME)


def github_projects(folder: Path = LISTS) -> list[str]:
    """Return the projects on GitHub, owner/name."""
    return _names(folder, "github_project", "project", _OWNER_AND_NAME)


def discord_invites(folder: Path = LISTS) -> list[DiscordInvite]:
    """Return the invites."""
    code = Format(r"[A-Za-z0-9-]{2,32}", "the code of an invite")
    guild_id = Format(r"[0-9]{15,20}", "the id of a server, 15 to 20 digits")
    columns = text_columns("community", "code", "guild_id", "note")
    rows = _rows(folder, "discord_invite", columns, "community", {"code": code, "guild_id": guild_id})
    return [DiscordInvite(**row) for row in rows]


def inferencex_models(folder: Path = LISTS) -> list[InferencexModel]:
    """Return the models, in the order of the requests."""
    columns = {
        **text_columns("display_name", "key", "model", "evidence"),
        "parameters_b": Column("DOUBLE", "Parameters in billions."),
        "note": Column("VARCHAR", "What else to know."),
    }
    rows = _rows(folder, "inferencex_model", columns, "key", {"evidence": ADDRESS})
    return [InferencexModel(**row) for row in rows]


def company_names(folder: Path = LISTS) -> Mapping[str, str]:
    """Return the name of a company here by each other name that a source uses."""
    rows = _rows(folder, "company_name", text_columns("name", "company", "note"), "name")
    return {row["name"]: row["company"] for row in rows}


def other_issuers(folder: Path = LISTS) -> dict[int, str]:
    """Return the legal name of each CIK that carries the name of a watched company and is another one."""
    columns = {"cik": required("BIGINT", "Number at the SEC."), **text_columns("legal_name", "note")}
    return {row["cik"]: row["legal_name"] for row in read_seed(folder, Seed("sec_other_issuer", columns, key=("cik",)))}


def sec_issuers(file: Path) -> dict[int, str]:
    """Return the company of each pinned CIK, its number at the SEC; none if the list is empty.

    Raises:
        CuratedError: a row is wrong, or pins an issuer of `sec_other_issuer.csv`.
    """
    columns = {
        "cik": required("BIGINT", "Number at the SEC."),
        **text_columns("company", "legal_name", "evidence"),
        "note": Column("VARCHAR", "What else to know."),
    }
    others = ", ".join(map(str, other_issuers()))
    checks = {"cik: an issuer that sec_other_issuer.csv does not list as another company": f"cik not in ({others})"}
    rows = read_seed(file.parent, Seed(file.stem, columns, key=("cik",), may_be_empty=True, checks=checks))
    return {row["cik"]: row["company"] for row in rows}


def form_d_excluded(folder: Path = LISTS) -> Mapping[str, str]:
    """Return the reason for each Form D filing, by accession number, that is not read because it never fits."""
    form = Format(r"[0-9]{10}-[0-9]{2}-[0-9]{6}", "an accession number")
    columns = text_columns("accession", "reason")
    seed = Seed("form_d_excluded", columns, key=("accession",), formats={"accession": form}, may_be_empty=True)
    return {row["accession"]: row["reason"] for row in read_seed(folder, seed)}


def refused_proposals(folder: Path = LISTS) -> set[tuple[str, str, str]]:
    """Return the file, the item and the evidence of each proposal that a person refused."""
    columns = {
        **text_columns("file", "item", "evidence", "reason"),
        "refused_on": required("DATE", "Day of the refusal."),
    }
    form = Format(r"([a-z]+/)?[a-z_]+\.csv", "a file below warehouse/seeds")
    seed = Seed(
        "refused_proposal", columns, key=("file", "item", "evidence"), formats={"file": form}, may_be_empty=True
    )
    return {(row["file"], row["item"], row["evidence"]) for row in read_seed(folder, seed)}


def _names(folder: Path, name: str, column: str, form: Format) -> list[str]:
    return [row[column] for row in _rows(folder, name, text_columns(column, "note"), column, {column: form})]


def _rows(
    folder: Path, name: str, columns: Mapping[str, Column], key: str, formats: Mapping[str, Format] | None = None
) -> list[Row]:
    """Read a list in which each key occurs once, in upper or lower case."""
    return read_seed(folder, Seed(name, columns, key=(key,), formats=formats or {}, ignore_case=True))
