"""Platforms: how often open models and their libraries are run, downloaded, pulled and starred."""

from assets.http.errors import AbsentError
from assets.list_source import collect_each, not_recorded, reading
from assets.platforms import docker_hub, github, pypistats, replicate
from assets.settings import plain, revealed
from assets.source_asset import Asking, Collected, source_asset
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

GROUP = "platforms"


def collect_replicate(asking: Asking) -> Collected:
    """Ask for each listed model. Raises SourceError like `collect_each`, NotConfiguredError without a token."""
    settings = asking.settings
    service = replicate.replicate_service(plain(settings.replicate_url), revealed(settings.replicate_token))

    def ask(model: str) -> list[Observation]:
        answer = asking.answers.fetch(service, replicate.model_question(model))
        runs = replicate.read_runs(answer.status, answer.body, model)
        return [reading(asking, "replicate_runs", "runs", model, runs)]

    return collect_each(lists.replicate_models(), ask)


def collect_pypistats(asking: Asking) -> Collected:
    """Ask for each listed package. Raises SourceError like `collect_each`."""
    service = pypistats.pypistats_service(plain(asking.settings.pypistats_url))

    def ask(package: str) -> list[Observation]:
        answer = asking.answers.fetch(service, pypistats.recent_question(package))
        downloads = pypistats.read_downloads(answer.status, answer.body, package)
        return [reading(asking, "pypi_downloads_30d", "downloads", package, downloads)]

    return collect_each(lists.pypi_packages(), ask)


def collect_docker_hub(asking: Asking) -> Collected:
    """Ask for each listed image. Raises SourceError like `collect_each`."""
    service = docker_hub.docker_hub_service(plain(asking.settings.docker_hub_url))

    def ask(image: str) -> list[Observation]:
        answer = asking.answers.fetch(service, docker_hub.repository_question(image))
        pulls = docker_hub.read_pulls(answer.status, answer.body, image)
        return [reading(asking, "docker_hub_pulls", "pulls", image, pulls)]

    return collect_each(lists.docker_images(), ask)


def collect_github(asking: Asking) -> Collected:
    """Ask for each listed project and its contributors. Raises SourceError like `collect_each`."""
    service = github.github_service(plain(asking.settings.github_url), revealed(asking.settings.github_token))
    uncounted: list[str] = []

    def ask(project: str) -> list[Observation]:
        answer = asking.answers.fetch(service, github.repository_question(project))
        if answer.status in (301, 307):
            answer = asking.answers.fetch(service, github.moved_question(answer.headers, project))
        found = github.read_repository(answer.status, answer.body, project)
        words = {"repository_id": str(found.id), **({"present_name": found.name} if found.name != project else {})}
        observations = [reading(asking, "github_stars", "stars", project, found.stars, attributes=words)]
        answer = asking.answers.fetch(service, github.contributors_question(found))
        try:
            people = github.read_contributors(answer.status, answer.headers.get("Link", ""), answer.body, project)
        except AbsentError as error:
            uncounted.append(error.reason)
            return observations
        return [
            *observations,
            reading(asking, "github_contributors", "contributors", project, people, attributes=words),
        ]

    collected = collect_each(lists.github_projects(), ask)
    told = [*uncounted, *map(str, collected.figures.values())]
    return Collected(collected.observations, figures=not_recorded(told))


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
