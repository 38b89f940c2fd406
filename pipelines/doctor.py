"""One cheap request to each service: does it work, and is its answer still what we read?"""

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.settings import Settings, plain
from pipelines.sources import epoch_models, hugging_face, inferencex
from pipelines.sources.errors import NotConfiguredError, SourceError, UnexpectedAnswerError, UnreachableError

# Each service with what asks it once: it says what works, or raises what is wrong.
PROBES: dict[str, Callable[[Settings], str]] = {
    hugging_face.SOURCE: lambda settings: hugging_face.examine(settings.hub_endpoint, settings.token),
    inferencex.SOURCE: lambda settings: inferencex.examine(plain(settings.inferencex_url), "gpt-oss-120b"),
    epoch_models.SOURCE: lambda settings: epoch_models.examine(plain(settings.epoch_url)),
}


@dataclass(frozen=True)
class Finding:
    """What was found of a service; one that only lacks its key is not broken."""

    service: str
    works: bool
    verdict: str


def examine(settings: Settings) -> list[Finding]:
    """Ask each service once."""
    return [_finding(service, probe, settings) for service, probe in PROBES.items()]


def _finding(service: str, probe: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(service, True, f"works, {probe(settings)}")
    except NotConfiguredError as error:
        return Finding(service, True, f"needs a key: {error.remedy}")
    except UnexpectedAnswerError as error:
        if error.http_status in (401, 403):
            return Finding(
                service, False, f"its key is refused, or it needs one (status {error.http_status}): {error.remedy}"
            )
        return Finding(service, False, f"its answer no longer fits: {error.reason}")
    except UnreachableError as error:
        if error.http_status == 429:
            return Finding(
                service, False, "it works, but the quota of this window is used up: try again in five minutes"
            )
        return Finding(service, False, f"unreachable: {error.reason}")
    except SourceError as error:
        return Finding(service, False, error.reason)
