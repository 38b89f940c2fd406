"""Stand-ins of Reddit (token, many subreddits at once, one subreddit) and of Arctic Shift, the archive of it."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import parse_qs

from pipelines.sandbox.counters import counter, is_made_up
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.wire import Request, Response, Service, json_response

_TOKEN: Final = "made-up-token-of-the-sandbox"  # noqa: S105 - opens nothing
_MOST_NAMES: Final = 100
_QUOTA: Final = {"x-ratelimit-remaining": "995.0", "x-ratelimit-used": "5", "x-ratelimit-reset": "300"}
_SUBSCRIBERS: Final = 400_000
_SLOW: Final = (7, "LLMDevs")


class Reddit:
    """Serves a token to any app with an id and a secret, and the subscribers of any subreddit except `no_such...`."""

    prefix = "/reddit"
    settings = ("TIDEGAUGE_REDDIT_URL",)

    def respond(self, request: Request) -> Response:
        """Return what the API returns to an app; the pages of the site are missing."""
        if (request.method, request.path) == ("POST", "/api/v1/access_token"):
            return _token(request)
        if request.headers.get("authorization", "").lower() != f"bearer {_TOKEN}":
            headers = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
            return json_response({"message": "Unauthorized", "error": 401}, 401, headers)
        match request.path.strip("/").split("/"):
            case ["api", "info"]:
                names = (request.param("sr_name") or "").split(",")[:_MOST_NAMES]
                # Another order than that of the request, as the real one; unknown names are omitted.
                children = [_subreddit(name, request.week) for name in reversed(names) if name and is_made_up(name)]
                listing = {"modhash": "", "dist": len(children), "after": None, "children": children, "before": None}
                return json_response({"kind": "Listing", "data": listing}, headers=_QUOTA)
            case ["r", name, "about"] if is_made_up(name):
                return json_response(_subreddit(name, request.week), headers=_QUOTA)
            case ["r", name, "about"]:
                return Response(302, headers={"Location": f"/subreddits/search?q={name}", **_QUOTA})
        return json_response({"message": "Not Found", "error": 404}, 404, _QUOTA)


class ArcticShift:
    """Serves a daily or monthly series of any subreddit except `no_such...`, up to the simulated week, which is not over.

    Months begin in 2018-03, and some months of the first years are missing. In one week it is slow: the first request for
    one subreddit gets an error with status 200.
    """

    prefix = "/arctic-shift"
    settings = ("TIDEGAUGE_ARCTIC_SHIFT_URL",)

    def __init__(self, world: World) -> None:
        """Use the calendar of a world."""
        self._world = world
        self._is_hurried = False

    def respond(self, request: Request) -> Response:
        """Return the series of the one route there is."""
        if request.path != "/api/time_series":
            return json_response({"data": None, "error": "Not found"}, 404)
        match (request.param("key") or "").split("/"):
            case ["r", name, "subscribers"] if request.param("precision") == "day":
                if (request.week, name) == _SLOW and not self._is_hurried:
                    self._is_hurried = True
                    return json_response({"data": None, "error": "Timeout. Maybe slow down a bit"})
            case ["r", name, "subscribers"] if request.param("precision") == "month":
                months = [date(2018 + n // 12, n % 12 + 1, 1) for n in range(2, 12 * 9) if n > 48 or n % 3]
                last = self._world.now(request.week).date()
                return json_response({"data": [self._point(name, m) for m in months if m <= last and is_made_up(name)]})
            case _:
                return json_response({"data": None, "error": "Invalid key or precision"}, 400)
        now = self._world.now(request.week)
        try:
            first = date.fromisoformat(request.param("after") or "2026-01-01")
            last = min(date.fromisoformat(request.param("before") or "9999-12-31"), now.date())
        except ValueError as error:
            return json_response({"data": None, "error": str(error)}, 400)
        days = range((last - first).days + 1) if is_made_up(name) else range(0)
        return json_response({"data": [self._point(name, first + timedelta(days=day)) for day in days]})

    def _point(self, name: str, day: date) -> Mapping[str, float]:
        moment = datetime.combine(day, time(), UTC)
        weeks = (moment - self._world.now(0)) / timedelta(weeks=1)
        # The archive reads Reddit at other moments: a little less than Reddit itself reports.
        return {"date": int(moment.timestamp()), "value": round(0.999 * counter(name, weeks, _SUBSCRIBERS), 3)}


def _token(request: Request) -> Response:
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    try:
        app, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        app = secret = ""
    if scheme.lower() != "basic" or not app or not secret:
        return json_response({"message": "Unauthorized", "error": 401}, 401)
    if parse_qs(request.body.decode("utf-8", "replace")).get("grant_type") != ["client_credentials"]:
        return json_response({"error": "unsupported_grant_type"})
    return json_response({"access_token": _TOKEN, "token_type": "bearer", "expires_in": 86400, "scope": "*"})


def _subreddit(name: str, week: int) -> Mapping[str, object]:
    known = {
        "display_name": name,
        "display_name_prefixed": f"r/{name}",
        "title": f"{name} (made up)",
        "subscribers": round(counter(name, week, _SUBSCRIBERS)),
        "subreddit_type": "public",
        "over18": False,
        "quarantine": False,
        "created_utc": 1_678_440_000.0,
        "lang": "en",
        "public_description": "",
    }
    return {"kind": "t5", "data": known}


def stand_ins(world: World) -> list[Service]:
    """Return the stand-ins of this module."""
    return [Reddit(), ArcticShift(world)]
