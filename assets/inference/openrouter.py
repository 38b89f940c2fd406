"""OpenRouter: the price of a token of each model that it offers, open and proprietary; no key.

One request returns the whole list. Prices are texts in US dollars for one token, and become US dollars for a million tokens.
A model has several providers; the list states one price. `-1` is a price that depends on the request: such models have none.
"""

import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import unexpected_field
from assets.http.json_decoding import decoded
from assets.list_source import ItemErrors, weekly_observation
from assets.settings import ServiceAddress, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.observations import Observation

NAME = "openrouter"
ADDRESS = ServiceAddress("TIDEGAUGE_OPENROUTER_URL", "https://openrouter.ai")
PATH = "api/v1/models"
MODELS = Request(PATH)
# The metric of each price that is collected.
METRICS = {"prompt": "token_price_input", "completion": "token_price_output"}
UNIT = "USD per million tokens"
# US dollars for one token: more than this is a price for many tokens, or an error.
_HIGHEST = Decimal("0.1")
# A price that depends on the request.
_DYNAMIC = Decimal(-1)
_DECIMAL = re.compile(r"-?\d{1,4}(\.\d{1,30})?([eE]-?\d{1,2})?")

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class _Pricing(msgspec.Struct):
    prompt: Text
    completion: Text


class _Architecture(msgspec.Struct):
    output_modalities: list[Text] | None = None


class Offer(msgspec.Struct):
    """A model of the list, with the fields that are used. `id` may end in a variant: `:free`, `:thinking`, ..."""

    id: Text
    name: Text
    created: Annotated[int, msgspec.Meta(ge=1_500_000_000, le=10_000_000_000)]
    pricing: _Pricing
    canonical_slug: Text | None = None
    hugging_face_id: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    context_length: Annotated[int, msgspec.Meta(ge=0)] | None = None
    architecture: _Architecture | None = None


class _Body(msgspec.Struct):
    data: list[msgspec.Raw]


class _Head(msgspec.Struct):
    id: str


def openrouter_service(url: str) -> Service:
    """Return OpenRouter at `url`."""
    return Service(NAME, url, {"User-Agent": "tidegauge", "Accept-Encoding": "gzip"}, attempts=4)


def read_offers(body: bytes) -> list[tuple[str, msgspec.Raw]]:
    """Return the id and the record of each model of the list; a record without an id is named by its position.

    Raises:
        UnexpectedResponseError: it is no list, or is empty.
    """
    records = decoded(NAME, PATH, body, _Body).data
    if not records:
        raise unexpected_field(NAME, PATH, "data", "at least one model", "none")
    return [(_id_of(record) or f"model {number}", record) for number, record in enumerate(records, 1)]


def _id_of(record: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(record, type=_Head).id[:300]
    except msgspec.ValidationError:
        return None


def read_price(text: str, model: str, field: str) -> float | None:
    """Return a price in US dollars for a million tokens; None if it depends on the request.

    Raises:
        UnexpectedResponseError: it is no number, or cannot be the price of a token.
    """
    try:
        price = Decimal(text) if _DECIMAL.fullmatch(text) else None
    except InvalidOperation:
        price = None
    if price == _DYNAMIC:
        return None
    if price is None or not 0 <= price <= _HIGHEST:
        raise unexpected_field(NAME, model, field, f"US dollars for a token, up to {_HIGHEST}", text)
    return float(price * 1_000_000)


def collect(context: SourceContext) -> SourceResult:
    """Collect the prices of every model of the list; a model that does not fit is set aside.

    Raises:
        SourceError: there is no list, or too many models do not fit.
    """
    response = context.responses.fetch(openrouter_service(context.settings.address(ADDRESS)), MODELS)
    offers = read_offers(response.body)
    often = Counter(name for name, _ in offers)
    observations: list[Observation] = []
    without_price = 0
    errors = ItemErrors(context.responses)
    for name, record in offers:
        with errors.item(name):
            if often[name] > 1:
                raise unexpected_field(NAME, name, "id", "one model for each id", f"{often[name]} models")
            found = _observations(context, decoded(NAME, name, bytes(record), Offer))
            observations += found
            without_price += not found
    errors.raise_if_too_many()
    return SourceResult(
        observations,
        set_aside=errors.set_aside,
        figures={"models without a fixed price": without_price},
        is_list=True,
    )


def _observations(context: SourceContext, offer: Offer) -> list[Observation]:
    prices = {
        metric: read_price(getattr(offer.pricing, field), offer.id, f"pricing.{field}")
        for field, metric in METRICS.items()
    }
    known = {
        "name": offer.name,
        "canonical_slug": offer.canonical_slug,
        "hugging_face_id": offer.hugging_face_id,
        "listed_on": datetime.fromtimestamp(offer.created, UTC).date().isoformat(),
        "context_length": offer.context_length,
        "output_modalities": ", ".join(offer.architecture.output_modalities or []) if offer.architecture else None,
    }
    attributes = {name: str(value) for name, value in known.items() if value}
    return [
        weekly_observation(context, metric, UNIT, offer.id, price, attributes=attributes)
        for metric, price in prices.items()
        if price is not None
    ]


def probe(settings: Settings) -> str:
    """Request the list; return what works. Raises SourceError like `read_offers`."""
    response = openrouter_service(settings.address(ADDRESS)).single_attempt().send(MODELS)
    return f"without a key; {len(read_offers(response.body)):,} models are offered"


SOURCE = Source(
    name=NAME,
    title="OpenRouter",
    home_page="https://openrouter.ai/models",
    licence="OpenRouter Terms of Service; no licence is stated for the prices: single figures are quoted as facts",
    citation="OpenRouter (https://openrouter.ai/api/v1/models), read weekly by Tidegauge",
    caveat=(
        "List prices: one for each model, although several providers offer it. Models that OpenRouter offers, which are not "
        "all. No prices before the first week that was read."
    ),
    addresses=(ADDRESS,),
    probe=probe,
    group="inference",
    kinds=frozenset({"python", "json"}),
    description="The price of an input and an output token of each model that OpenRouter offers.",
    collect=collect,
)
