"""Replicate: all-time runs of a model."""

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import NotConfiguredError, item_not_found, unexpected_field
from assets.http.json_decoding import Count, decoded
from assets.list_source import collect_items, weekly_observation
from assets.settings import ServiceAddress, ServiceKey, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

NAME = "replicate"
ADDRESS = ServiceAddress("TIDEGAUGE_REPLICATE_URL", "https://api.replicate.com")
TOKEN = ServiceKey(
    "TIDEGAUGE_REPLICATE_TOKEN", "Replicate token (a free account is enough). Without it Replicate is skipped."
)


class _Model(msgspec.Struct):
    owner: str
    name: str
    run_count: Count


def replicate_service(url: str, token: str | None) -> Service:
    """Return Replicate at `url`.

    Raises:
        NotConfiguredError: there is no token.
    """
    if not token:
        raise NotConfiguredError(
            NAME,
            "it responds only to a token, and none is set.",
            kept="its earlier figures.",
            remedy="set TIDEGAUGE_REPLICATE_TOKEN (a free account is enough).",
        )
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "tidegauge", "Accept-Encoding": "gzip"}
    return Service(NAME, url, headers, known_as=(ADDRESS.default,), spacing_s=0.2, attempts=4)


def model_request(model: str) -> Request:
    """Return the request for a model, owner/name; status 404 is a response too."""
    return Request(f"v1/models/{model}", also=frozenset({404}))


def read_runs(status: int, body: bytes, model: str) -> int:
    """Return the all-time runs of a model.

    Raises:
        ItemNotFoundError: there is no such model.
        UnexpectedResponseError: the response does not fit, or is about another model.
    """
    if status == 404:
        raise item_not_found(NAME, model, "there is no such model (status 404)")
    found = decoded(NAME, model, body, _Model)
    if f"{found.owner}/{found.name}".casefold() != model.casefold():
        raise unexpected_field(NAME, model, "owner, name", model, f"{found.owner}/{found.name}")
    return found.run_count


def collect(context: SourceContext) -> SourceResult:
    """Collect the runs of each listed model. Raises SourceError like `collect_items`, NotConfiguredError without a token."""
    service = replicate_service(context.settings.address(ADDRESS), context.settings.key(TOKEN))

    def collect_item(model: str) -> list[Observation]:
        response = context.responses.fetch(service, model_request(model))
        runs = read_runs(response.status, response.body, model)
        return [weekly_observation(context, "replicate_runs", "runs", model, runs)]

    return collect_items(context, lists.replicate_models(), collect_item)


def probe(settings: Settings) -> str:
    """Request the first listed model; return what works. Raises SourceError like `read_runs`."""
    model = lists.replicate_models()[0]
    service = replicate_service(settings.address(ADDRESS), settings.key(TOKEN))
    response = service.single_attempt().send(model_request(model))
    return f"with a token; {model} was run {read_runs(response.status, response.body, model):,} times"


SOURCE = Source(
    name=NAME,
    title="Replicate",
    home_page="https://replicate.com",
    licence="Replicate Terms of Service",
    citation="Replicate, model API (https://api.replicate.com/v1/models), read weekly by Tidegauge",
    caveat=(
        "Answers only with a token; without it the source is skipped. Counts runs on that platform only, of a chosen "
        "list of models."
    ),
    addresses=(ADDRESS,),
    keys=(TOKEN,),
    probe=probe,
    group="platforms",
    kinds=frozenset({"python"}),
    description="Runs of the listed models on Replicate since they were published; it responds only to a token.",
    collect=collect,
)
