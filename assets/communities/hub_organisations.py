"""Organisations on the Hugging Face Hub: followers, members and models, as their overview tells them."""

from dataclasses import dataclass

import msgspec

from assets.http.client import Request
from assets.http.errors import item_not_found, unexpected_field
from assets.http.hub_service import hub_service
from assets.http.json_decoding import Count, People, decoded

SOURCE = "hub_organisations"


@dataclass(frozen=True)
class Organisation:
    """Accounts that follow an organisation, accounts that belong to it, and its public models."""

    followers: int
    members: int
    models: int


class _Overview(msgspec.Struct):
    name: str
    numFollowers: People
    numUsers: People
    numModels: Count


def overview_request(name: str) -> Request:
    """Ask for the overview of an organisation; that there is none is an answer too."""
    return Request(f"api/organizations/{name}/overview", also=frozenset({404}))


def read_overview(status: int, body: bytes, name: str) -> Organisation:
    """Read an overview.

    Raises:
        ItemNotFoundError: there is no such organisation; it was renamed, or belongs to a user.
        UnexpectedResponseError: the answer does not fit, or is of another organisation.
    """
    where = f"organisation {name}"
    if status == 404:
        raise item_not_found(SOURCE, where, "there is none of this name (status 404)")
    overview = decoded(SOURCE, where, body, _Overview)
    if overview.name.casefold() != name.casefold():
        raise unexpected_field(SOURCE, where, "name", name, overview.name)
    return Organisation(overview.numFollowers, overview.numUsers, overview.numModels)


def probe(endpoint: str, token: str | None, name: str) -> str:
    """Ask for one organisation, and say how it went. Raises SourceError like `read_overview`."""
    response = hub_service(endpoint, token).single_attempt().send(overview_request(name))
    return f"{name} has {read_overview(response.status, response.body, name).followers:,} followers"
