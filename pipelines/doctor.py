"""One cheap request to each service: does it work, and is its answer still what we read?"""

import json
from dataclasses import dataclass

from pipelines.settings import Settings
from pipelines.sources.errors import UnexpectedAnswerError, UnreachableError
from pipelines.sources.hugging_face import EXPAND, SOURCE, hub_service

# What a record of the listing carries: these always, those where there is a value.
_ALWAYS = {"_id": str, "id": str}
_AT_TIMES = {"createdAt": str, "downloads": int, "downloadsAllTime": int, "likes": int, "tags": list, "author": str}


@dataclass(frozen=True)
class Finding:
    """What was found of a service."""

    service: str
    works: bool
    verdict: str


def examine(settings: Settings) -> list[Finding]:
    """Ask each service once."""
    return [_hub(settings)]


def _hub(settings: Settings) -> Finding:
    service = hub_service(settings.hub_endpoint, settings.token).aside()
    parameters: dict[str, str | list[str]] = {"sort": "createdAt", "limit": "1", "expand": list(EXPAND)}
    try:
        answer = service.get("api/models", parameters)
        records = json.loads(answer.body)
    except UnexpectedAnswerError as error:
        if error.http_status in (401, 403):
            key = "the key in HF_TOKEN is refused" if settings.token else "it needs a key: set HF_TOKEN"
            return Finding(SOURCE, False, f"{key} (status {error.http_status})")
        return Finding(SOURCE, False, f"its answer no longer fits: {error.reason}")
    except UnreachableError as error:
        if error.http_status == 429:
            return Finding(
                SOURCE, False, "it works, but the quota of this window is used up: try again in five minutes"
            )
        return Finding(SOURCE, False, f"unreachable: {error.reason}")
    except ValueError as error:
        return Finding(SOURCE, False, f"its answer no longer fits: {error}")
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return Finding(SOURCE, False, "its answer no longer fits: not a list of records")
    record = records[0]
    odd = [name for name, kind in _ALWAYS.items() if not isinstance(record.get(name), kind)]
    odd += [
        name for name, kind in _AT_TIMES.items() if record.get(name) is not None and not isinstance(record[name], kind)
    ]
    if odd:
        return Finding(SOURCE, False, f"its answer no longer fits: field {', '.join(odd)}")
    token = "with a token" if settings.token else "without a token (HF_TOKEN doubles the quota)"
    quota = f"; {answer.quota.remaining} calls left in this window" if answer.quota else ""
    return Finding(SOURCE, True, f"works, {token}{quota}")
