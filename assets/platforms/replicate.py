"""Replicate: how often a model was run there since it was put up."""

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import NotConfiguredError, item_not_found, unexpected_field
from assets.http.json_decoding import Count, decoded

SOURCE = "replicate"


class _Model(msgspec.Struct):
    owner: str
    name: str
    run_count: Count


def replicate_service(url: str, token: str | None) -> Service:
    """Give Replicate at `url`.

    Raises:
        NotConfiguredError: there is no token.
    """
    if not token:
        raise NotConfiguredError(
            SOURCE,
            "it answers only with a token, and none is set.",
            kept="what it said before.",
            remedy="set TIDEGAUGE_REPLICATE_TOKEN (a free account is enough).",
        )
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "tidegauge", "Accept-Encoding": "gzip"}
    return Service(SOURCE, url, headers, known_as="https://api.replicate.com", spacing_s=0.2, attempts=4)


def model_request(model: str) -> Request:
    """Ask for a model, owner/name; that there is none is an answer too."""
    return Request(f"v1/models/{model}", also=frozenset({404}))


def read_runs(status: int, body: bytes, model: str) -> int:
    """Read how often a model was run.

    Raises:
        ItemNotFoundError: there is no such model.
        UnexpectedResponseError: the answer does not fit, or is of another model.
    """
    if status == 404:
        raise item_not_found(SOURCE, model, "there is no such model (status 404)")
    found = decoded(SOURCE, model, body, _Model)
    if f"{found.owner}/{found.name}".casefold() != model.casefold():
        raise unexpected_field(SOURCE, model, "owner, name", model, f"{found.owner}/{found.name}")
    return found.run_count


def probe(url: str, token: str | None, model: str) -> str:
    """Ask for one model, and say how it went. Raises SourceError like `read_runs`."""
    response = replicate_service(url, token).single_attempt().send(model_request(model))
    return f"with a token; {model} was run {read_runs(response.status, response.body, model):,} times"
