"""Stand-ins of Replicate, PyPI Stats and Docker Hub, each for any name except `no-such...`.

In some weeks one item is odd, as it happens at the real services: sums that are null or 0, or an error that stays.
"""

from typing import Final

from pipelines.sandbox.counters import counter, is_made_up
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.wire import Request, Response, Service, json_response

_NULL_SUMS: Final = (8, "accelerate")
_ZERO_SUMS: Final = (10, "torch")
_BROKEN_IMAGE: Final = (9, "localai/localai")


class Replicate:
    """Serves the runs of a model to a request with a token."""

    prefix = "/replicate"
    settings = ("TIDEGAUGE_REPLICATE_URL",)

    def respond(self, request: Request) -> Response:
        """Return a model, or status 401 or 404."""
        if not request.headers.get("authorization", "").startswith("Bearer "):
            detail = "You did not pass an authentication token"
            return json_response({"title": "Unauthenticated", "detail": detail, "status": 401}, 401)
        limits = {"ratelimit-remaining": "2999", "ratelimit-reset": "1"}
        match request.path.split("/"):
            case ["", "v1", "models", owner, name] if is_made_up(owner):
                model = {
                    "url": f"https://replicate.com/{owner}/{name}",
                    "owner": owner,
                    "name": name,
                    "description": "Made up",
                    "visibility": "public",
                    "github_url": None,
                    "paper_url": None,
                    "license_url": None,
                    "run_count": round(counter(f"{owner}/{name}", request.week, 20_000_000)),
                    "cover_image_url": None,
                    "default_example": None,
                    "latest_version": None,
                }
                return json_response(model, headers=limits)
        return json_response({"detail": "The requested resource could not be found.", "status": 404}, 404, limits)


class PypiStats:
    """Serves the downloads of a package over 1, 7 and 30 days."""

    prefix = "/pypistats"
    settings = ("TIDEGAUGE_PYPISTATS_URL",)

    def respond(self, request: Request) -> Response:
        """Return a package, or a web page with status 404."""
        match request.path.split("/"):
            case ["", "api", "packages", package, "recent"] if is_made_up(package):
                month = round(counter(package, request.week, 9_000_000))
                sums: dict[str, int | None] = {"last_day": month // 31, "last_month": month, "last_week": month // 4}
                if (request.week, package) == _NULL_SUMS:
                    sums = dict.fromkeys(sums)
                if (request.week, package) == _ZERO_SUMS:
                    sums = dict.fromkeys(sums, 0)
                return json_response({"data": sums, "package": package.lower(), "type": "recent_downloads"})
        return Response(404, b"<!DOCTYPE html><html><body>404</body></html>", {"Content-Type": "text/html"})


class DockerHub:
    """Serves the pulls of an image."""

    prefix = "/docker-hub"
    settings = ("TIDEGAUGE_DOCKER_HUB_URL",)

    def respond(self, request: Request) -> Response:
        """Return an image, or status 404."""
        match request.path.strip("/").split("/"):
            case ["v2", "repositories", namespace, name] if (request.week, f"{namespace}/{name}") == _BROKEN_IMAGE:
                return json_response({"message": "Internal Server Error"}, 500)
            case ["v2", "repositories", namespace, name] if is_made_up(namespace):
                image = {
                    "user": namespace,
                    "name": name,
                    "namespace": namespace,
                    "repository_type": "image",
                    "status": 1,
                    "description": "Made up",
                    "is_private": False,
                    "is_automated": False,
                    "star_count": 1,
                    "pull_count": round(counter(f"{namespace}/{name}", request.week, 5_000_000)),
                    "last_updated": "2026-08-01T08:12:52.217787Z",
                }
                return json_response(image)
        return json_response({"message": "object not found", "errinfo": {}}, 404)


def stand_ins(_world: World) -> list[Service]:
    """Return the stand-ins of this module."""
    return [Replicate(), PypiStats(), DockerHub()]
