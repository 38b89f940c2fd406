"""Files of data sets on the stand-in Hub: the tree of a folder, and files that are redirected to the storage's host.

The real Hub answers `resolve` with 302 and the address of its storage, signed and on another host; here it is another
path. The storage answers 304 to an `ETag` that the caller holds.
"""

import hashlib
from collections.abc import Callable
from urllib.parse import quote

from pipelines.sandbox.arena import full, latest
from pipelines.sandbox.open_llm_leaderboard import contents
from pipelines.sandbox.wire import Answer, Request, json_answer
from pipelines.sandbox.world import World

STORAGE = "/_storage/"
_MISSING = {"error": "Entry not found"}

# Each file by its data set and path: its content in a week.
FILES: dict[tuple[str, str], Callable[[World, int], bytes]] = {
    ("lmarena-ai/leaderboard-dataset", "text/full-00000-of-00001.parquet"): full,
    ("lmarena-ai/leaderboard-dataset", "text/latest-00000-of-00001.parquet"): latest,
    ("open-llm-leaderboard/contents", "data/train-00000-of-00001.parquet"): contents,
}


class Datasets:
    """The routes of data sets; each file is made once a week, when it is asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[tuple[str, str, int], bytes] = {}

    def answer(self, request: Request) -> Answer | None:
        """Answer what concerns a data set; None for anything else."""
        if request.path.startswith(STORAGE):
            return self._stored(request)
        match request.path.rstrip("/").split("/", 6):
            case ["", "api", "datasets", owner, name, "tree", folder] if folder.startswith("main/"):
                return self._tree(f"{owner}/{name}", folder.removeprefix("main/"), request.week)
            case ["", "datasets", owner, name, "resolve", "main", path]:
                return self._resolved(f"{owner}/{name}", path, request)
        return None

    def _content(self, dataset: str, path: str, week: int) -> bytes:
        key = (dataset, path, week)
        if key not in self._made:
            self._made[key] = FILES[dataset, path](self._world, week)
        return self._made[key]

    def _tree(self, dataset: str, folder: str, week: int) -> Answer:
        entries = [
            {
                "type": "file",
                "oid": hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest(),
                "size": len(self._content(dataset, path, week)),
                "path": path,
            }
            for of, path in FILES
            if of == dataset and path.startswith(f"{folder}/")
        ]
        return json_answer(entries) if entries else json_answer(_MISSING, 404)

    def _resolved(self, dataset: str, path: str, request: Request) -> Answer:
        if (dataset, path) not in FILES:
            return json_answer(_MISSING, 404, {"X-Error-Code": "EntryNotFound"})
        content = self._content(dataset, path, request.week)
        digest = hashlib.sha256(content).hexdigest()
        signed = f"{request.base}{STORAGE}{digest}?X-Amz-Signature=made-up&file={quote(f'{dataset}/{path}', safe='')}"
        told = {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{digest}"', "Location": signed}
        return Answer(302, b"Found. Redirecting", {"Content-Type": "text/plain; charset=utf-8", **told})

    def _stored(self, request: Request) -> Answer:
        file = request.param("file") or ""
        owner, _, rest = file.partition("/")
        name, _, path = rest.partition("/")
        if (f"{owner}/{name}", path) not in FILES:
            return Answer(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})
        content = self._content(f"{owner}/{name}", path, request.week)
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        if request.headers.get("if-none-match") == tag:
            return Answer(304, b"", {"ETag": tag})
        return Answer(200, content, {"Content-Type": "binary/octet-stream", "ETag": tag})
