"""Epoch AI's data folder: whole files at fixed addresses, and a friendly page where there is none.

A file is a function from the moment of a week to its content, entered into `FILES` under its path.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from pipelines.sandbox.epoch_funding import funding_rounds
from pipelines.sandbox.wire import Answer, Request
from pipelines.sandbox.world import World

File = Callable[[World, datetime], bytes]
FILES: Final[Mapping[str, File]] = {
    "/data/ai_companies_funding_rounds.csv": funding_rounds,
}
_TYPES: Final = {"csv": "text/csv", "zip": "application/zip"}
_NOT_FOUND: Final = (
    b"<!DOCTYPE html><html><head><title>Page not found | Epoch</title></head><body><h1>We could not find this page</h1>"
    + b"<p>Maybe one of these is what you were looking for.</p>" * 1000
    + b"</body></html>"
)


class EpochFiles:
    """The stand-in; `files` may be replaced by a test."""

    prefix = "/epoch"
    settings = ("TIDEGAUGE_EPOCH_URL",)

    def __init__(self, world: World, files: Mapping[str, File] = FILES) -> None:
        self._world = world
        self._files = files

    def answer(self, request: Request) -> Answer:
        """Give a file, or 304 if it is the one that the client has; 404 is a page of 58 KB."""
        file = self._files.get(request.path)
        if request.method != "GET" or file is None:
            return Answer(404, _NOT_FOUND, {"Content-Type": "text/html; charset=utf-8"})
        body = file(self._world, self._world.now(request.week))
        tag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
        headers = {"Content-Type": _TYPES[request.path.rpartition(".")[2]], "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Answer(304, b"", headers)
        return Answer(200, body, headers)
