"""Organisations on the Hugging Face Hub: followers, members and models, from their overview."""

from dataclasses import dataclass

import msgspec

from assets.http.client import Request
from assets.http.errors import item_not_found, unexpected_field
from assets.http.hub_service import hub_service
from assets.http.json_decoding import Count, People, decoded
from assets.list_source import collect_items, weekly_observation
from assets.settings import HUB, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

NAME = "hub_organisations"


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
    """Return the request for the overview of an organisation; status 404 is a response too."""
    return Request(f"api/organizations/{name}/overview", also=frozenset({404}))


def read_overview(status: int, body: bytes, name: str) -> Organisation:
    """Return the counts of an overview.

    Raises:
        ItemNotFoundError: there is no such organisation; it was renamed, or belongs to a user.
        UnexpectedResponseError: the response does not fit, or is about another organisation.
    """
    where = f"organisation {name}"
    if status == 404:
        raise item_not_found(NAME, where, "there is none of this name (status 404)")
    overview = decoded(NAME, where, body, _Overview)
    if overview.name.casefold() != name.casefold():
        raise unexpected_field(NAME, where, "name", name, overview.name)
    return Organisation(overview.numFollowers, overview.numUsers, overview.numModels)


def collect(context: SourceContext) -> SourceResult:
    """Collect followers, members and models of each listed organisation. Raises SourceError like `collect_items`."""
    service = hub_service(context.settings.address(HUB), context.settings.token)

    def collect_item(name: str) -> list[Observation]:
        response = context.responses.fetch(service, overview_request(name))
        found = read_overview(response.status, response.body, name)
        return [
            weekly_observation(context, "hub_organisation_followers", "members", name, found.followers),
            weekly_observation(context, "hub_organisation_members", "members", name, found.members),
            weekly_observation(context, "hub_organisation_models", "models", name, found.models),
        ]

    return collect_items(context, lists.hub_organisations(), collect_item)


def probe(settings: Settings) -> str:
    """Request the first listed organisation; return what works. Raises SourceError like `read_overview`."""
    name = lists.hub_organisations()[0]
    response = hub_service(settings.address(HUB), settings.token).single_attempt().send(overview_request(name))
    return f"{name} has {read_overview(response.status, response.body, name).followers:,} followers"


SOURCE = Source(
    name=NAME,
    title="Hugging Face Hub: overview of organisations",
    home_page="https://huggingface.co",
    licence="Hugging Face Terms of Service",
    citation=(
        "Hugging Face Hub, overview of organisations (https://huggingface.co/api/organizations), read weekly by "
        "Tidegauge"
    ),
    caveat=(
        "A chosen list of organisations, not all of them. Members are the accounts that belong to an organisation, "
        "mostly its staff."
    ),
    addresses=(HUB,),
    probe=probe,
    group="communities",
    kinds=frozenset({"python", "huggingface"}),
    description="Followers, members and models of organisations on the Hugging Face Hub.",
    collect=collect,
)
