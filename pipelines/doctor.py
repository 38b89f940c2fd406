"""One cheap request to each service: does it work, and is its answer still what we read?"""

import json
from dataclasses import dataclass

from pipelines.settings import Settings
from pipelines.sources.errors import SourceError, UnreachableError
from pipelines.sources.hugging_face import EXPAND, hub_service

# Fields that every record of the listing carries when they are asked for.
_HUB_FIELDS = {"_id": str, "id": str, "createdAt": str, "downloads": int, "likes": int, "tags": list}


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
    except UnreachableError as error:
        return Finding("hugging_face_hub", False, f"unreachable: {error.reason}")
    except (SourceError, ValueError) as error:
        return Finding("hugging_face_hub", False, f"its answer no longer fits: {error}")
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return Finding("hugging_face_hub", False, "its answer no longer fits: not a list of records")
    odd = [name for name, kind in _HUB_FIELDS.items() if not isinstance(records[0].get(name), kind)]
    if odd:
        return Finding("hugging_face_hub", False, f"its answer no longer fits: field {', '.join(odd)}")
    token = "with a token" if settings.token else "without a token (HF_TOKEN doubles the quota)"
    quota = f"; {answer.quota.remaining} calls left in this window" if answer.quota else ""
    return Finding("hugging_face_hub", True, f"works, {token}{quota}")
