"""Stand-in of OpenRouter: some fifty models with the price of a token, and a new one every third week.

As at the real one, prices are texts in US dollars for one token and fall in steps, a router has the price -1, a free variant
has 0, and a proprietary model has an empty `hugging_face_id` or none. All prices are made up.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from pipelines.sandbox.draws import mix
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.wire import Request, Response, Service, json_response

# Id, name, repository on the Hub, day, US dollars for a million tokens of input and output, output modalities.
_MODELS: Final = (
    ("openai/gpt-4-0314", "OpenAI: GPT-4 (older v0314)", "", date(2023, 5, 28), "30", "60"),
    ("openai/gpt-3.5-turbo-0613", "OpenAI: GPT-3.5 Turbo (older v0613)", None, date(2024, 1, 25), "1", "2"),
    ("anthropic/claude-3-opus", "Anthropic: Claude 3 Opus", "", date(2024, 3, 5), "15", "75"),
    ("mistralai/mixtral-8x7b-instruct", "Mistral: Mixtral 8x7B Instruct", "mistralai/Mixtral-8x7B-Instruct-v0.1",
     date(2023, 12, 10), "0.54", "0.54"),
    ("meta-llama/llama-3-70b-instruct", "Meta: Llama 3 70B Instruct", "meta-llama/Meta-Llama-3-70B-Instruct",
     date(2024, 4, 18), "0.3", "0.4"),
    ("meta-llama/llama-3.1-8b-instruct", "Meta: Llama 3.1 8B Instruct", "meta-llama/Llama-3.1-8B-Instruct",
     date(2024, 7, 23), "0.02", "0.05"),
    ("meta-llama/llama-3.1-8b-instruct:free", "Meta: Llama 3.1 8B Instruct (free)", "meta-llama/Llama-3.1-8B-Instruct",
     date(2024, 7, 23), "0", "0"),
    ("moonshotai/kimi-k2-0905", "MoonshotAI: Kimi K2 0905", "moonshotai/Kimi-K2-Instruct-0905", date(2025, 9, 4),
     "0.4", "2"),
    ("z-ai/glm-4.6", "Z.AI: GLM 4.6", "zai-org/GLM-4.6", date(2025, 9, 30), "0.39", "1.75"),
    ("minimax/minimax-m2", "MiniMax: MiniMax M2", "MiniMaxAI/MiniMax-M2", date(2025, 10, 23), "0.255", "1.02"),
)  # fmt: skip
_MAKERS: Final = (
    ("sandbox-labs", "Sandbox Labs", False), ("open-harbour", "Open Harbour", True), ("tidal-ai", "Tidal AI", True),
)  # fmt: skip
_ROUTER: Final = ("openrouter/auto", "Auto Router", None, date(2023, 11, 8), "-1", "-1")
_CUT_EVERY: Final = 9


class OpenRouter:
    """Serves the list of models; any other path is status 404."""

    prefix = "/openrouter"
    settings = ("TIDEGAUGE_OPENROUTER_URL",)

    def __init__(self, world: World) -> None:
        self._world = world

    def respond(self, request: Request) -> Response:
        """Return the models that are offered in the week of the request, newest first."""
        if request.path != "/api/v1/models":
            return json_response({"error": {"message": "Not Found", "code": 404}}, 404)
        today = self._world.now(request.week).date()
        listed = (*_MODELS, _ROUTER, *_made_up(self._world.seed, today))
        return json_response(
            {"data": [_record(*model, request.week) for model in sorted(listed, key=lambda one: one[3], reverse=True)]}
        )


def _made_up(seed: int, today: date) -> list[tuple[str, str, str | None, date, str, str]]:
    """Return a model every third week since June 2024, of the names that the stand-in of the Arena has."""
    found: list[tuple[str, str, str | None, date, str, str]] = []
    while (listed := date(2024, 6, 3) + timedelta(days=21 * len(found))) <= today:
        slug, maker, is_open = _MAKERS[len(found) % len(_MAKERS)]
        name = f"sandbox-{len(found) + 1}"
        cents = 10 + mix(seed + len(found)) % 90
        price = f"{cents / (100 if is_open else 10):g}"
        repository = f"{slug}/{name}" if is_open else None
        found.append((f"{slug}/{name}", f"{maker}: {name}", repository, listed, price, f"{float(price) * 4:g}"))
    return found


def _record(
    model: str, name: str, repository: str | None, listed: date, prompt: str, completion: str, week: int
) -> dict[str, Any]:
    """Return a model as the API writes it; every ninth week it becomes a tenth cheaper."""
    factor = Decimal("0.9") ** (week // _CUT_EVERY) / 1_000_000
    pricing = {"prompt": Decimal(prompt) * factor, "completion": Decimal(completion) * factor}
    if model == _ROUTER[0]:
        pricing = dict.fromkeys(pricing, Decimal(-1))
    slug = model.partition(":")[0]
    record = {
        "id": model,
        "canonical_slug": slug,
        "name": name,
        "created": int(datetime.combine(listed, datetime.min.time(), UTC).timestamp()),
        "description": "Made up.",
        "context_length": 131072,
        "architecture": {
            "modality": "text->text", "input_modalities": ["text"], "output_modalities": ["text"], "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": {**{field: f"{price:f}" for field, price in pricing.items()}, "request": "0", "image": "0"},
        "top_provider": {"context_length": 131072, "max_completion_tokens": None, "is_moderated": False},
        "per_request_limits": None,
        "supported_parameters": ["max_tokens", "temperature"],
    }  # fmt: skip
    return record if repository is None else record | {"hugging_face_id": repository}


def stand_ins(world: World) -> list[Service]:
    """Return the stand-ins of this module."""
    return [OpenRouter(world)]
