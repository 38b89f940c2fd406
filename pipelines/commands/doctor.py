"""Probe each service with one cheap request: does it respond, and is the response still in the form that we read?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assets.declared_sources import SOURCES, addresses_of_refresh
from assets.http.errors import (
    ItemNotFoundError,
    NotConfiguredError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
)
from assets.http.reachability import why_unreachable
from assets.settings import Settings
from assets.source import SourceDescription
from warehouse.seeds.csv_reader import CuratedError


@dataclass(frozen=True)
class Finding:
    """Result of a probe. A service that only lacks its key works."""

    service: str
    works: bool
    verdict: str


def run_probes(settings: Settings) -> list[Finding]:
    """Probe each service once, without those that are switched off; if none can be reached, return that alone."""
    if (obstacle := why_unreachable((), addresses_of_refresh(settings), patience_s=0)) is not None:
        return [Finding("the network", False, f"{obstacle.reason} To do: {obstacle.remedy}")]
    on = [source for source in SOURCES if source.name not in settings.off]
    return [_finding(source, source.probe, settings) for source in on if source.probe]


def readable_by_others(file: Path) -> str | None:
    """Return a warning about a file of keys that other accounts of this machine can read, or None."""
    if not file.exists() or not file.stat().st_mode & 0o077:
        return None
    return f"other accounts of this machine can read {file}, and the keys in it. To do: chmod 600 {file}"


def _finding(source: SourceDescription, probe: Callable[[Settings], str], settings: Settings) -> Finding:
    service = source.name
    try:
        return Finding(service, True, f"works, {probe(settings)}")
    except NotConfiguredError as error:
        why = "needs a key:" if source.keys else f"{error.reason} To do:"
        return Finding(service, True, f"skipped, {why} {error.remedy}")
    except ItemNotFoundError as error:
        return Finding(service, True, f"works, but has no figure of the first listed item: {error.reason}")
    except UnexpectedResponseError as error:
        if error.http_status in (401, 403):
            return Finding(
                service, False, f"its key is refused, or it needs one (status {error.http_status}): {error.remedy}"
            )
        return Finding(service, False, f"its response no longer fits: {error.reason}")
    except UnreachableError as error:
        if error.http_status == 429:
            return Finding(
                service, False, "it works, but the quota of this window is used up: try again in five minutes"
            )
        return Finding(service, False, f"unreachable: {error.reason}")
    except SourceError as error:
        return Finding(service, False, error.reason)
    except CuratedError as error:
        return Finding(service, False, f"a list that it needs is wrong: {error}")
