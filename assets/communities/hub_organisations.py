"""Organisations on the Hugging Face Hub: followers, members and models, as their overview tells them."""

from dataclasses import dataclass

import msgspec

from assets.http.client import Question
from assets.http.errors import absent, unfit
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


def overview_question(name: str) -> Question:
    """Ask for the overview of an organisation; that there is none is an answer too."""
    return Question(f"api/organizations/{name}/overview", also=frozenset({404}))


def read_overview(status: int, body: bytes, name: str) -> Organisation:
    """Read an overview.

    Raises:
        AbsentError: there is no such organisation; it was renamed, or belongs to a user.
        UnexpectedAnswerError: the answer does not fit, or is of another organisation.
    """
    where = f"organisation {name}"
    if status == 404:
        raise absent(SOURCE, where, "there is none of this name (status 404)")
    overview = decoded(SOURCE, where, body, _Overview)
    if overview.name.casefold() != name.casefold():
        raise unfit(SOURCE, where, "name", name, overview.name)
    return Organisation(overview.numFollowers, overview.numUsers, overview.numModels)


def examine(endpoint: str, token: str | None, name: str) -> str:
    """Ask for one organisation, and say how it went. Raises SourceError like `read_overview`."""
    answer = hub_service(endpoint, token).aside().ask(overview_question(name))
    return f"{name} has {read_overview(answer.status, answer.body, name).followers:,} followers"
