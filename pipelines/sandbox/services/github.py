"""Stand-in of GitHub: repositories and contributors, conditional requests, the quota, and a project that has moved."""

import time
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from pipelines.sandbox.counters import counter, is_made_up
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.quota import Quota
from pipelines.sandbox.wire import Request, Response, Service, json_response

_MOVED: Final = {"ggerganov/llama.cpp": "ggml-org/llama.cpp"}
_TOO_LARGE: Final = frozenset({"torvalds/linux"})
_WINDOW_S: Final = 3600.0


class GitHub:
    """Serves any project except `no-such...`; 60 calls an hour, 5,000 with a token."""

    prefix = "/github"
    settings = ("TIDEGAUGE_GITHUB_URL",)

    def __init__(self, quota: int = 60) -> None:
        """Start with a full quota; `quota` is the number of calls an hour without a token."""
        self._anonymous = Quota("core", quota, _WINDOW_S)
        self._with_token = Quota("core", 5000, _WINDOW_S)

    def respond(self, request: Request) -> Response:
        """Return the response, or status 403 if the quota is used up; status 304 costs nothing."""
        if "user-agent" not in request.headers:
            return Response(403, b"Request forbidden by administrative rules.", {"Content-Type": "text/plain"})
        response = self._routed(request)
        held = response.status == 200 and response.headers.get("ETag") == request.headers.get("if-none-match", "none")
        token = request.headers.get("authorization", "")
        quota = self._with_token if token else self._anonymous
        allowance = quota.take(token, 1, free=request.replayed or held)
        limits = {
            "X-RateLimit-Limit": str(allowance.quota),
            "X-RateLimit-Remaining": str(allowance.left),
            "X-RateLimit-Reset": str(int(time.time()) + allowance.reset),
            "X-RateLimit-Used": str(allowance.quota - allowance.left),
            "X-RateLimit-Resource": "core",
        }
        if not allowance.granted:
            return json_response({"message": "API rate limit exceeded for 127.0.0.1."}, 403, limits)
        if held:
            return Response(304, headers={"ETag": response.headers["ETag"], **limits})
        return replace(response, headers={**response.headers, **limits})

    def _routed(self, request: Request) -> Response:
        match request.path.strip("/").split("/"):
            case ["repositories", number]:
                named = (name for name in _MOVED.values() if str(_number(name)) == number)
                if name := next(named, None):
                    return json_response(_repository(name, request.week))
            case ["repos", owner, name] if moved := _MOVED.get(f"{owner}/{name}"):
                address = f"{request.base}/repositories/{_number(moved)}"
                return json_response({"message": "Moved Permanently", "url": address}, 301, {"Location": address})
            case ["repos", owner, name] if is_made_up(owner):
                return json_response(_repository(f"{owner}/{name}", request.week))
            case ["repos", owner, name, "contributors"] if is_made_up(owner):
                return _contributors(f"{owner}/{name}", request)
        return json_response({"message": "Not Found", "status": "404"}, 404)


def _number(project: str) -> int:
    return int.from_bytes(blake2b(project.casefold().encode(), digest_size=4).digest(), "big")


def _repository(project: str, week: int) -> dict[str, object]:
    stars = round(counter(project, week, 60_000))
    owner, _, name = project.partition("/")
    return {
        "id": _number(project),
        "name": name,
        "full_name": project,
        "private": False,
        "owner": {"login": owner, "type": "Organization"},
        "fork": False,
        "stargazers_count": stars,
        "watchers_count": stars,
        "forks_count": stars // 5,
        "open_issues_count": stars // 70,
        "subscribers_count": stars // 90,
    }


def _contributors(project: str, request: Request) -> Response:
    if project in _TOO_LARGE:
        message = "The history or contributor list is too large to list contributors for this repository via the API."
        return json_response({"message": message, "documentation_url": ""}, 403)
    people = round(counter(f"{project} contributors", request.week, 900))
    here = f"{request.base}/repositories/{_number(project)}/contributors?per_page=1&anon=1"
    link = {"Link": f'<{here}&page=2>; rel="next", <{here}&page={people}>; rel="last"'}
    return json_response([{"login": "made-up", "id": 1, "type": "User", "contributions": 4000}], headers=link)


def stand_ins(_world: World) -> list[Service]:
    """Return the stand-ins of this module."""
    return [GitHub()]
