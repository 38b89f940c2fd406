"""Platforms: how often open models and their libraries are run, downloaded, pulled and starred."""

from assets.http.errors import ItemNotFoundError
from assets.list_source import collect_items, not_recorded, weekly_observation
from assets.platforms import docker_hub, github, pypistats, replicate
from assets.settings import secret_value, without_trailing_slash
from assets.source_asset import SourceContext, SourceResult, source_asset
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

GROUP = "platforms"


def collect_replicate(context: SourceContext) -> SourceResult:
    """Ask for each listed model. Raises SourceError like `collect_items`, NotConfiguredError without a token."""
    settings = context.settings
    service = replicate.replicate_service(
        without_trailing_slash(settings.replicate_url), secret_value(settings.replicate_token)
    )

    def collect_item(model: str) -> list[Observation]:
        response = context.responses.fetch(service, replicate.model_request(model))
        runs = replicate.read_runs(response.status, response.body, model)
        return [weekly_observation(context, "replicate_runs", "runs", model, runs)]

    return collect_items(lists.replicate_models(), collect_item)


def collect_pypistats(context: SourceContext) -> SourceResult:
    """Ask for each listed package. Raises SourceError like `collect_items`."""
    service = pypistats.pypistats_service(without_trailing_slash(context.settings.pypistats_url))

    def collect_item(package: str) -> list[Observation]:
        response = context.responses.fetch(service, pypistats.recent_request(package))
        downloads = pypistats.read_downloads(response.status, response.body, package)
        return [weekly_observation(context, "pypi_downloads_30d", "downloads", package, downloads)]

    return collect_items(lists.pypi_packages(), collect_item)


def collect_docker_hub(context: SourceContext) -> SourceResult:
    """Ask for each listed image. Raises SourceError like `collect_items`."""
    service = docker_hub.docker_hub_service(without_trailing_slash(context.settings.docker_hub_url))

    def collect_item(image: str) -> list[Observation]:
        response = context.responses.fetch(service, docker_hub.repository_request(image))
        pulls = docker_hub.read_pulls(response.status, response.body, image)
        return [weekly_observation(context, "docker_hub_pulls", "pulls", image, pulls)]

    return collect_items(lists.docker_images(), collect_item)


def collect_github(context: SourceContext) -> SourceResult:
    """Ask for each listed project and its contributors. Raises SourceError like `collect_items`."""
    service = github.github_service(
        without_trailing_slash(context.settings.github_url), secret_value(context.settings.github_token)
    )
    uncounted: list[str] = []

    def collect_item(project: str) -> list[Observation]:
        response = context.responses.fetch(service, github.repository_request(project))
        if response.status in (301, 307):
            response = context.responses.fetch(service, github.moved_request(response.headers, project))
        found = github.read_repository(response.status, response.body, project)
        words = {"repository_id": str(found.id), **({"present_name": found.name} if found.name != project else {})}
        observations = [weekly_observation(context, "github_stars", "stars", project, found.stars, attributes=words)]
        response = context.responses.fetch(service, github.contributors_request(found))
        try:
            people = github.read_contributors(response.status, response.headers.get("Link", ""), response.body, project)
        except ItemNotFoundError as error:
            uncounted.append(error.reason)
            return observations
        return [
            *observations,
            weekly_observation(context, "github_contributors", "contributors", project, people, attributes=words),
        ]

    collected = collect_items(lists.github_projects(), collect_item)
    told = [*uncounted, *map(str, collected.figures.values())]
    return SourceResult(collected.observations, figures=not_recorded(told))


SOURCES = (
    source_asset(
        GROUP, replicate.SOURCE, {"python"}, collect_replicate,
        doc="Runs of the listed models on Replicate since they were put up; it answers only with a token.",
    ),
    source_asset(
        GROUP, pypistats.SOURCE, {"python", "pypi"}, collect_pypistats,
        doc="Downloads of the listed Python packages over 30 days, mirrors left out.",
    ),
    source_asset(
        GROUP, docker_hub.SOURCE, {"python", "docker"}, collect_docker_hub,
        doc="Pulls of the listed images from Docker Hub since they were put up.",
    ),
    source_asset(
        GROUP, github.SOURCE, {"python", "github"}, collect_github,
        doc="Stars and contributors of the listed projects on GitHub.",
    ),
)  # fmt: skip
