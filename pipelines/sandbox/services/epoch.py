"""Stand-in of Epoch AI's site: a few data files, and a page of HTML with status 404 for every other path."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pipelines.sandbox.hub.world import World
from pipelines.sandbox.services.epoch_benchmarks import benchmark_archive
from pipelines.sandbox.services.epoch_funding import funding_rounds
from pipelines.sandbox.services.epoch_models import frontier_models, ml_hardware
from pipelines.sandbox.wire import Request, Response, Service

_CSV: Final = "text/csv; charset=utf-8"


@dataclass(frozen=True)
class File:
    """A data file: its Content-Type, and its content in a week."""

    content_type: str
    content: Callable[[World, int], bytes]


FILES: Final = {
    "/data/ai_companies_funding_rounds.csv": File(_CSV, funding_rounds),
    "/data/benchmark_data.zip": File("application/zip", benchmark_archive),
    "/data/frontier_ai_models.csv": File(_CSV, frontier_models),
    "/data/ml_hardware.csv": File(_CSV, ml_hardware),
}
_NOT_FOUND: Final = b"<!DOCTYPE html><html><head><title>Epoch AI</title></head><body><h1>Oops!</h1>" + b" " * 58_000


class EpochFiles:
    """The site's data files."""

    prefix = "/epoch"
    settings = ("TIDEGAUGE_EPOCH_URL",)

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[tuple[str, int], bytes] = {}

    def respond(self, request: Request) -> Response:
        """Return a file, status 304 if the caller has it already, or the page for a missing path."""
        file = FILES.get(request.path)
        if file is None or request.method != "GET":
            return Response(404, _NOT_FOUND, {"Content-Type": "text/html; charset=utf-8"})
        key = (request.path, request.week)
        if key not in self._made:
            self._made[key] = file.content(self._world, request.week)
        content = self._made[key]
        tag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        if request.headers.get("if-none-match") == tag:
            return Response(304, b"", {"ETag": tag})
        return Response(200, content, {"Content-Type": file.content_type, "ETag": tag})


def stand_ins(world: World) -> list[Service]:
    """Return the stand-ins of this module."""
    return [EpochFiles(world)]
