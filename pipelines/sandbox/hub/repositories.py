"""Data sets that a client has made on the stand-in Hub: commits, large files, tags, trees and downloads.

The routes are those that huggingface_hub calls to push and pull a data set by the LFS protocol. The sandbox has no Xet:
clients set HF_HUB_DISABLE_XET=1. Repositories are kept in memory.
"""

import base64
import binascii
import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from pipelines.sandbox.wire import Request, Response, json_response

BLOBS: Final = "/_blobs/"
"""Path of large files on the storage host: as on the real Hub another host, here by another name of this machine."""
LARGE_FROM_BYTES: Final = 10 * 2**20
ENTRIES_OF_A_PAGE: Final = 1000
_LARGE: Final = (".parquet", ".duckdb", ".gz")
_GIT_ATTRIBUTES: Final = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in _LARGE).encode()


@dataclass(frozen=True)
class _File:
    """A file of a commit; `sha256` is set if it is a large one."""

    content: bytes
    sha256: str | None = None

    @property
    def oid(self) -> str:
        """The id of its blob in git: of a large file, that of the pointer."""
        body = self.content
        if self.sha256 is not None:
            body = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
                self.sha256.encode(),
                len(self.content),
            )
        return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


@dataclass
class _Repository:
    """A data set: the files of each commit, oldest first, and the commits that its tags name."""

    private: bool
    commits: dict[str, Mapping[str, _File]] = field(default_factory=dict[str, Mapping[str, _File]])
    tags: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def head(self) -> str:
        """The newest commit."""
        return list(self.commits)[-1]

    def commit(self, files: Mapping[str, _File]) -> str:
        """Add a commit with these files; return its id."""
        text = "\n".join([*self.commits, *(f"{path} {file.oid}" for path, file in sorted(files.items()))])
        oid = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[oid] = files
        return oid

    def find(self, revision: str) -> str | None:
        """Return the commit of a branch, a tag or an id."""
        if revision == "main":
            return self.head
        return self.tags.get(revision, revision if revision in self.commits else None)


class Repositories:
    """The routes of these data sets, and their storage."""

    def __init__(self) -> None:
        self._repositories: dict[str, _Repository] = {}
        self._blobs: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Response | None:
        """Return the response to a request for one of these data sets; None for any other."""
        with self._lock:
            if request.path.startswith(BLOBS):
                return self._blob(request, request.path.removeprefix(BLOBS))
            match request.method, request.path.split("/", 6):
                case "POST", ["", "api", "validate-yaml"]:
                    return json_response({"errors": [], "warnings": []})
                case "POST", ["", "api", "repos", "create"]:
                    return self._created(request)
                case _, ["", "api", "datasets", owner, name, *route]:
                    return self._seen(request, f"{owner}/{name}", route)
                case "POST", ["", "datasets", owner, name, "info", "lfs", "objects/batch"] if name.endswith(".git"):
                    return self._seen(request, f"{owner}/{name.removesuffix('.git')}", ["lfs"])
                case "GET" | "HEAD", ["", "datasets", owner, name, "resolve", revision, path]:
                    return self._seen(request, f"{owner}/{name}", ["resolve", f"{revision}/{path}"])
        return None

    def _seen(self, request: Request, name: str, route: list[str]) -> Response | None:
        """Return the response of a route if the client may use it; None if the data set is not one of these."""
        repository = self._repositories.get(name)
        has_token = request.headers.get("authorization", "").startswith("Bearer ")
        if repository is None:
            # Others read what the rest of the stand-in serves, and nobody writes there.
            return None if request.method in ("GET", "HEAD") else not_seen(request)
        if not has_token and (repository.private or request.method not in ("GET", "HEAD")):
            return not_seen(request)
        kind, rest = (route[0], "/".join(route[1:])) if route else ("revision", "main")
        match request.method, kind:
            case "POST", "preupload":
                return self._preuploaded(repository, json.loads(request.body))
            case "POST", "lfs":
                return self._batch(request, json.loads(request.body))
            case "POST", "commit":
                return self._committed(request, name, repository)
            case "POST", "tag":
                return _tagged(repository, rest, json.loads(request.body)["tag"])
            case "GET", "refs":
                tags = [
                    {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": at} for tag, at in repository.tags.items()
                ]
                main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repository.head}
                return json_response({"branches": [main], "converts": [], "tags": tags})
            case "GET", "revision":
                oid = repository.find(rest)
                if oid is None:
                    return _not_found("RevisionNotFound")
                siblings = [{"rfilename": path} for path in sorted(repository.commits[oid])]
                return json_response({"id": name, "sha": oid, "private": repository.private, "siblings": siblings})
            case "GET", "tree":
                revision, _, folder = rest.partition("/")
                return _tree(request, name, repository, revision, folder)
            case "GET" | "HEAD", "resolve":
                revision, _, path = rest.partition("/")
                return _resolved(request, repository, revision, path)
        return None

    def _created(self, request: Request) -> Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return json_response({"error": "Invalid username or password."}, 401)
        wanted = json.loads(request.body)
        name = f"{wanted['organization']}/{wanted['name']}"
        if name in self._repositories:
            return json_response({"error": "You already created this dataset repo"}, 409)
        self._repositories[name] = made = _Repository(wanted.get("visibility") == "private")
        made.commit({".gitattributes": _File(_GIT_ATTRIBUTES)})
        return json_response({"url": f"{request.base}/datasets/{name}", "name": name})

    def _preuploaded(self, repository: _Repository, wanted: dict[str, Any]) -> Response:
        """Return for each file whether it is a large one, and the id of what is there already."""
        there = repository.commits[repository.head]
        files: list[dict[str, object]] = []
        for file in wanted["files"]:
            is_large = file["path"].endswith(_LARGE) or file["size"] > LARGE_FROM_BYTES
            known = there.get(file["path"])
            oid = {} if known is None else {"oid": known.sha256 or known.oid}
            mode = "lfs" if is_large else "regular"
            files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, **oid})
        return json_response({"files": files})

    def _batch(self, request: Request, wanted: dict[str, Any]) -> Response:
        """Return where each large file is to be sent; one that the storage has is not sent again."""
        objects: list[dict[str, object]] = []
        for one in wanted["objects"]:
            known = {"oid": one["oid"], "size": one["size"]}
            href = _signed(request, one["oid"])
            objects.append(known if one["oid"] in self._blobs else {**known, "actions": {"upload": {"href": href}}})
        return json_response({"transfer": "basic", "objects": objects})

    def _blob(self, request: Request, sha256: str) -> Response:
        if request.method == "PUT":
            if hashlib.sha256(request.body).hexdigest() != sha256:
                return Response(400, b"<Error><Code>BadDigest</Code></Error>", {"Content-Type": "application/xml"})
            self._blobs[sha256] = request.body
            return Response(200, b"", {"ETag": f'"{sha256}"'})
        if sha256 not in self._blobs:
            return Response(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})
        return _ranged(request, self._blobs[sha256], {"ETag": f'"{sha256}"'})

    def _committed(self, request: Request, name: str, repository: _Repository) -> Response:
        """Add a commit of all operations, or of none."""
        lines = [json.loads(line) for line in request.body.splitlines()]
        files = dict(repository.commits[repository.head])
        for line in lines:
            value = line["value"]
            match line["key"]:
                case "header":
                    if value.get("parentCommit", repository.head) != repository.head:
                        return json_response(
                            {"error": "A commit has happened since. Please refresh and try again."}, 412
                        )
                case "file":
                    try:
                        files[value["path"]] = _File(base64.b64decode(value["content"], validate=True))
                    except binascii.Error:
                        return json_response({"error": f"{value['path']}: not base64"}, 400)
                case "lfsFile":
                    if value["oid"] not in self._blobs:
                        return json_response({"error": f"{value['path']}: the storage has no such object"}, 400)
                    files[value["path"]] = _File(self._blobs[value["oid"]], value["oid"])
                case "deletedFile":
                    if files.pop(value["path"], None) is None:
                        return _not_found("EntryNotFound")
                case other:
                    return json_response({"error": f"the sandbox knows no operation {other!r}"}, 400)
        oid = repository.commit(files)
        url = f"{request.base}/datasets/{name}/commit/{oid}"
        return json_response({"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""})


def _tagged(repository: _Repository, revision: str, tag: str) -> Response:
    oid = repository.find(revision)
    if oid is None:
        return _not_found("RevisionNotFound")
    if tag in repository.tags:
        return json_response({"error": f"Reference already exists: refs/tags/{tag}"}, 409)
    repository.tags[tag] = oid
    return json_response({"success": True})


def _tree(request: Request, name: str, repository: _Repository, revision: str, folder: str) -> Response:
    """Return a page of the files below a folder; without `recursive`, also its subfolders in place of their files."""
    oid = repository.find(revision)
    if oid is None:
        return _not_found("RevisionNotFound")
    prefix = f"{folder.rstrip('/')}/" if folder else ""
    is_recursive = (request.param("recursive") or "").lower() in ("true", "1")
    entries: dict[str, dict[str, object]] = {}
    for path, file in sorted(repository.commits[oid].items()):
        if not path.startswith(prefix):
            continue
        below, _, deeper = path.removeprefix(prefix).partition("/")
        if deeper and not is_recursive:
            entries[prefix + below] = {"type": "directory", "oid": oid, "size": 0, "path": prefix + below}
            continue
        size = len(file.content)
        large = {"lfs": {"oid": file.sha256, "size": size, "pointerSize": 135}} if file.sha256 else {}
        entries[path] = {"type": "file", "oid": file.oid, "size": size, "path": path, **large}
    if folder and not entries:
        return _not_found("EntryNotFound")
    start = int(request.param("cursor") or 0)
    page = list(entries.values())[start : start + ENTRIES_OF_A_PAGE]
    end = start + len(page)
    if end == len(entries):
        return json_response(page)
    query = urlencode([*((k, v) for k, v in request.params if k != "cursor"), ("cursor", str(end))])
    link = f'<{request.base}/api/datasets/{name}/tree/{quote(f"{revision}/{folder}".rstrip("/"))}?{query}>; rel="next"'
    return json_response(page, headers={"Link": link})


def _resolved(request: Request, repository: _Repository, revision: str, path: str) -> Response:
    """Return a small file, or the address of a large one in the storage."""
    oid = repository.find(revision)
    if oid is None:
        return _not_found("RevisionNotFound")
    file = repository.commits[oid].get(path)
    if file is None:
        return _not_found("EntryNotFound", {"X-Repo-Commit": oid})
    if file.sha256 is None:
        return _ranged(request, file.content, {"ETag": f'"{file.oid}"', "X-Repo-Commit": oid})
    headers = {
        "X-Repo-Commit": oid,
        "X-Linked-Size": str(len(file.content)),
        "X-Linked-ETag": f'"{file.sha256}"',
        "Location": _signed(request, file.sha256),
        "Content-Type": "text/plain; charset=utf-8",
    }
    return Response(302, b"Found. Redirecting", headers)


def _signed(request: Request, sha256: str) -> str:
    storage = request.base.replace("127.0.0.1", "localhost")
    return f"{storage}{BLOBS}{sha256}?X-Amz-Signature=made-up"


def _ranged(request: Request, content: bytes, headers: Mapping[str, str]) -> Response:
    """Return a content, or the part of it that the request asks for."""
    known = {"Content-Type": "binary/octet-stream", "Accept-Ranges": "bytes", **headers}
    wanted = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", request.headers.get("range", ""))
    if wanted is None:
        return Response(200, content, known)
    begin = int(wanted[1])
    end = min(int(wanted[2] or len(content) - 1), len(content) - 1)
    if begin > end:
        return Response(416, b"", {"Content-Range": f"bytes */{len(content)}"})
    return Response(206, content[begin : end + 1], {**known, "Content-Range": f"bytes {begin}-{end}/{len(content)}"})


def not_seen(request: Request) -> Response:
    """Return the response for a data set that is missing, or that this client may not see."""
    status = 404 if "authorization" in request.headers else 401
    return json_response({"error": "Repository not found"}, status, {"X-Error-Code": "RepoNotFound"})


def _not_found(code: str, headers: Mapping[str, str] | None = None) -> Response:
    return json_response({"error": code}, 404, {"X-Error-Code": code, **(headers or {})})
