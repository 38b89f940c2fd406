"""One cheap request to each service: does it work, and is its answer still what we read?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from assets.benchmarks import arena, epoch_benchmarks, open_llm_leaderboard
from assets.communities import arctic_shift, discord, hub_organisations, reddit
from assets.funding import epoch_funding, form_d, sec
from assets.http import hub_service
from assets.http.errors import (
    ItemNotFoundError,
    NotConfiguredError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
)
from assets.hub import snapshots, walk
from assets.inference import inferencex
from assets.platforms import docker_hub, github, pypistats, replicate
from assets.settings import Settings, secret_value, without_trailing_slash
from assets.training import epoch_models
from warehouse.seeds import lists
from warehouse.seeds.csv_reader import CuratedError

# Each service with what asks it once: it says what works, or raises what is wrong.
PROBES: dict[str, Callable[[Settings], str]] = {
    hub_service.SOURCE: lambda settings: walk.probe(settings.hub_endpoint, settings.token),
    hub_organisations.SOURCE: lambda settings: hub_organisations.probe(
        settings.hub_endpoint, settings.token, lists.hub_organisations()[0]
    ),
    reddit.SOURCE: lambda settings: reddit.probe(
        without_trailing_slash(settings.reddit_url),
        reddit.reddit_app(
            secret_value(settings.reddit_client_id), secret_value(settings.reddit_client_secret), settings.contact
        ),
        lists.subreddits()[0],
    ),
    arctic_shift.SOURCE: lambda settings: arctic_shift.probe(
        without_trailing_slash(settings.arctic_shift_url), lists.subreddits()[0], _today()
    ),
    discord.SOURCE: lambda settings: discord.probe(
        without_trailing_slash(settings.discord_url),
        lists.discord_invites()[0].code,
        lists.discord_invites()[0].guild_id,
    ),
    replicate.SOURCE: lambda settings: replicate.probe(
        without_trailing_slash(settings.replicate_url),
        secret_value(settings.replicate_token),
        lists.replicate_models()[0],
    ),
    pypistats.SOURCE: lambda settings: pypistats.probe(
        without_trailing_slash(settings.pypistats_url), lists.pypi_packages()[0]
    ),
    docker_hub.SOURCE: lambda settings: docker_hub.probe(
        without_trailing_slash(settings.docker_hub_url), lists.docker_images()[0]
    ),
    github.SOURCE: lambda settings: github.probe(
        without_trailing_slash(settings.github_url), secret_value(settings.github_token), lists.github_projects()[0]
    ),
    form_d.SOURCE: lambda settings: sec.probe(_sec(settings), _today()),
    epoch_funding.SOURCE: lambda settings: epoch_funding.probe(without_trailing_slash(settings.epoch_url), _today()),
    arena.SOURCE: lambda settings: arena.probe(settings.hub_endpoint, settings.token, _today()),
    snapshots.SOURCE: lambda settings: snapshots.probe(settings.hub_endpoint, settings.token),
    open_llm_leaderboard.SOURCE: lambda settings: open_llm_leaderboard.probe(settings.hub_endpoint, settings.token),
    epoch_benchmarks.SOURCE: lambda settings: epoch_benchmarks.probe(
        without_trailing_slash(settings.epoch_url), _today()
    ),
    epoch_models.SOURCE: lambda settings: epoch_models.probe(without_trailing_slash(settings.epoch_url)),
    inferencex.SOURCE: lambda settings: inferencex.probe(
        without_trailing_slash(settings.inferencex_url), lists.inferencex_models()[0].display_name
    ),
}


@dataclass(frozen=True)
class Finding:
    """What was found of a service; one that only lacks its key is not broken."""

    service: str
    works: bool
    verdict: str


def run_probes(settings: Settings) -> list[Finding]:
    """Ask each service once."""
    return [_finding(service, probe, settings) for service, probe in PROBES.items()]


def readable_by_others(file: Path) -> str | None:
    """Say what is wrong with a file of keys that other accounts of this machine may read; None if nothing is."""
    if not file.exists() or not file.stat().st_mode & 0o077:
        return None
    return f"other accounts of this machine may read {file}, and the keys in it. To do: chmod 600 {file}"


def _finding(service: str, probe: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(service, True, f"works, {probe(settings)}")
    except NotConfiguredError as error:
        return Finding(service, True, f"needs a key: {error.remedy}")
    except ItemNotFoundError as error:
        return Finding(service, True, f"works, but has no figure of what is listed first: {error.reason}")
    except UnexpectedResponseError as error:
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
    except CuratedError as error:
        return Finding(service, False, f"a list that it needs is wrong: {error}")


def _sec(settings: Settings) -> sec.Sec:
    pinned = lists.sec_issuers(settings.sec_issuers)
    return sec.sec(
        without_trailing_slash(settings.sec_data_url),
        without_trailing_slash(settings.sec_www_url),
        settings.contact,
        pinned,
    )


def _today() -> date:
    return datetime.now(UTC).date()
