"""Files of data sets on the stand-in Hub: the tree of a folder, and files that redirect to the storage host.

The real Hub answers `resolve` with 302 and the address of its storage, signed and on another host; here it is another
path. The storage answers 304 to an `ETag` that the caller holds, and sends a part of a file if a range is asked for.
"""

import hashlib
import re
from collections.abc import Callable
from urllib.parse import quote

from pipelines.sandbox.hub import snapshots
from pipelines.sandbox.hub.arena import full, full_with_style_control
from pipelines.sandbox.hub.open_llm_leaderboard import contents
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.wire import Request, Response, json_response

STORAGE = "/_storage/"
_MISSING = {"error": "Entry not found"}

# The content of each file in a week, by its data set and path.
FILES: dict[tuple[str, str], Callable[[World, int], bytes]] = {
    ("lmarena-ai/leaderboard-dataset", "text/full-00000-of-00001.parquet"): full,
    ("lmarena-ai/leaderboard-dataset", "text_style_control/full-00000-of-00001.parquet"): full_with_style_control,
    ("open-llm-leaderboard/contents", "data/train-00000-of-00001.parquet"): contents,
}


class Datasets:
    """The routes of data sets; each file is rendered once a week, on its first request."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[tuple[str, str, int], bytes] = {}

    def respond(self, request: Request) -> Response | None:
        """Return the response to a request for a data set; None for any other."""
        if request.path.startswith(STORAGE):
            return self._stored(request)
        match request.path.rstrip("/").split("/", 6):
            case ["", "api", "datasets", owner, name, "revision", "main"] if self._paths(
                f"{owner}/{name}", request.week
            ):
                return json_response({"id": f"{owner}/{name}", "sha": snapshots.REVISION, "private": False})
            case ["", "api", "datasets", owner, name, "tree", folder] if folder.startswith(f"{snapshots.REVISION}/"):
                return self._tree(f"{owner}/{name}", folder.partition("/")[2], request.week)
            case ["", "api", "datasets", owner, name, "tree", folder] if folder.startswith("main/"):
                return self._tree(f"{owner}/{name}", folder.removeprefix("main/"), request.week)
            case ["", "datasets", owner, name, "resolve", revision, path] if revision in ("main", snapshots.REVISION):
                return self._resolved(f"{owner}/{name}", path, request)
        return None

    def _paths(self, dataset: str, week: int) -> list[str]:
        if dataset == snapshots.DATASET:
            return list(snapshots.weeks_by_path(self._world, week))
        return [path for of, path in FILES if of == dataset]

    def _content(self, dataset: str, path: str, week: int) -> bytes:
        # A snapshot never changes.
        of = snapshots.weeks_by_path(self._world, week)[path] if dataset == snapshots.DATASET else week
        make = snapshots.snapshot if dataset == snapshots.DATASET else FILES[dataset, path]
        key = (dataset, path, of)
        if key not in self._made:
            self._made[key] = make(self._world, of)
        return self._made[key]

    def _tree(self, dataset: str, folder: str, week: int) -> Response:
        entries: list[dict[str, object]] = []
        for path in self._paths(dataset, week):
            if path.startswith(f"{folder}/"):
                content = self._content(dataset, path, week)
                digest, oid = hashlib.sha256(content).hexdigest(), hashlib.sha1(path.encode(), usedforsecurity=False)
                large = {"oid": digest, "size": len(content), "pointerSize": 135}
                known = {"type": "file", "oid": oid.hexdigest(), "size": len(content), "path": path}
                entries.append({**known, "lfs": large})
        return json_response(entries) if entries else json_response(_MISSING, 404)

    def _resolved(self, dataset: str, path: str, request: Request) -> Response:
        if path not in self._paths(dataset, request.week):
            return json_response(_MISSING, 404, {"X-Error-Code": "EntryNotFound"})
        content = self._content(dataset, path, request.week)
        digest = hashlib.sha256(content).hexdigest()
        signed = f"{request.base}{STORAGE}{digest}?X-Amz-Signature=made-up&file={quote(f'{dataset}/{path}', safe='')}"
        headers = {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{digest}"', "Location": signed}
        return Response(302, b"Found. Redirecting", {"Content-Type": "text/plain; charset=utf-8", **headers})

    def _stored(self, request: Request) -> Response:
        file = request.param("file") or ""
        owner, _, rest = file.partition("/")
        name, _, path = rest.partition("/")
        if path not in self._paths(f"{owner}/{name}", request.week):
            return Response(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})
        content = self._content(f"{owner}/{name}", path, request.week)
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        if request.headers.get("if-none-match") == tag:
            return Response(304, b"", {"ETag": tag})
        headers = {"Content-Type": "binary/octet-stream", "ETag": tag, "Accept-Ranges": "bytes"}
        if wanted := re.fullmatch(r"bytes=([0-9]+)-", request.headers.get("range", "")):
            begin = int(wanted[1])
            if begin >= len(content):
                return Response(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
            return Response(206, content[begin:], headers)
        return Response(200, content, headers)
