"""The Hugging Face Hub's listing and detail routes, as observed in July 2026, over a synthetic world."""

import dataclasses
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

import polars as pl

from pipelines.sandbox.counters import counter
from pipelines.sandbox.hub.cohorts import PARAMETERS
from pipelines.sandbox.hub.datasets import Datasets
from pipelines.sandbox.hub.listing import COLUMNS, BadCursor, Listing
from pipelines.sandbox.hub.names import organisation_names
from pipelines.sandbox.hub.records import DEFAULT_KEYS, FIELDS, FULL_KEYS, TOKENS, Rows, decoded, rendered
from pipelines.sandbox.hub.repositories import BLOBS, Repositories, not_seen
from pipelines.sandbox.hub.vocabulary import RELATIONS
from pipelines.sandbox.hub.world import State, World
from pipelines.sandbox.quota import Quota, RetryAfter, retry_after
from pipelines.sandbox.wire import Request, Response, body_response, json_response

DETAIL_ONLY: Final = ("childrenModelCount", "usedStorage")
DETAIL_KEYS: Final = (
    *DEFAULT_KEYS, *FULL_KEYS, "model-index", "config", "cardData", "spaces", "safetensors", "gguf", "transformersInfo",
    "widgetData", "inference", "evalResults",
)  # fmt: skip
MISSING: Final = {"error": "Invalid username or password."}
"""The body, 41 bytes long, for a repository that an anonymous client may not see: missing, private or gated."""
PAGE_OF_MODELS_JSON: Final = 30
REFUSED: Final = (6, "downloadsAllTime")
"""A week and the token that a Hub with odd pages does not list in it: it then answers with status 400 and the valid ones."""


@dataclass(frozen=True)
class HubOptions:
    """Behaviour that is unknown of the real Hub, or that a test changes."""

    max_limit: int = 1000
    """Largest page, in records."""
    refuse_large_limit: bool = False
    """Reject a larger limit with status 400 instead of clamping it."""
    honour_direction: bool = True
    """Sort upwards on `direction=1`; otherwise every sort goes downwards."""
    retry_after: RetryAfter = "none"
    """Whether a 429 carries `Retry-After`, and how."""
    odd_pages: bool = False
    """Answer a page of a walk oddly, once in most weeks, and state another total in the others (see `_odd_page`); refuse a
    token in one week (`REFUSED`)."""
    cache: bool = False
    """Keep every rendered page in memory (about 600 kB for a thousand records of 16 fields)."""


class Hub:
    """The Hub's routes; one quota for the API, and a fifth of it for the pages outside of the API, as on the real Hub."""

    prefix = ""
    settings = ("TIDEGAUGE_HUB_URL",)

    def __init__(self, world: World, quota: int, window: float, options: HubOptions | None = None) -> None:
        """Serve a world with `quota` calls per `window` seconds, twice as many for a client with a token."""
        self.world = world
        self.options = options or HubOptions()
        self._datasets = Datasets(world)
        self._repositories = Repositories()
        self._api = Quota("api", quota, window)
        self._pages = Quota("pages", max(quota // 5, 1), window)
        self._kept: dict[tuple[int, str], tuple[State, Response]] = {}
        self._accounts: tuple[State, Counter[str]] | None = None
        self._odd_weeks: set[int] = set()
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Response:
        """Return a response within the quota, with the quota's headers. The storage of large files has none."""
        if request.path.startswith(BLOBS):
            return self._routed(request)
        token = request.headers.get("authorization", "")
        quota = self._api if request.path.startswith("/api/") else self._pages
        allowance = quota.take(token, 2 if token.startswith("Bearer ") else 1, free=request.replayed)
        if allowance.granted:
            response = self._routed(request)
        else:
            when = retry_after(self.options.retry_after, allowance.reset)
            response = json_response({"error": "We had to rate limit you. Retry later or use a token."}, 429, when)
        return dataclasses.replace(response, headers={**response.headers, **allowance.headers})

    def _routed(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if path == "/api/models":
            return self._models(request)
        if path.startswith("/api/models/"):
            return self._model(request, path.removeprefix("/api/models/"))
        if path == "/models-json":
            return self._models_json(request)
        match path.split("/"):
            case ["", "api", "organizations" | "users" as kind, name, "overview"]:
                return self._overview(request, kind, name)
        for data_sets in (self._repositories, self._datasets):
            if (response := data_sets.respond(request)) is not None:
                return response
        if re.fullmatch("/api/datasets/[^/]+/[^/]+", path):
            return not_seen(request)
        return json_response({"error": "Sorry, we can't find the page you are looking for."}, 404)

    def _models(self, request: Request) -> Response:
        state = self.world.state(request.week)
        if self.options.odd_pages and (odd := self._odd_page(request, state)) is not None:
            return odd
        if not self.options.cache:
            return self._page(request, state)
        key = (request.week, request.base + request.target)
        kept = self._kept.get(key)
        if kept is None or kept[0] is not state:
            kept = self._kept[key] = (state, self._page(request, state))
        return kept[1]

    def _odd_page(self, request: Request, state: State) -> Response | None:
        """Return the odd page of a week, at the first page of its walk that has a next one; else None.

        In turn: an empty page with a next link, a rate limit with status 200, and a full page without a link. In every
        fourth week `_models_json` states another total instead.
        """
        if request.week % 4 == 0 or request.week in self._odd_weeks or request.param("sort") != "createdAt":
            return None
        page = self._page(request, state)
        with self._lock:
            if "Link" not in page.headers or request.week in self._odd_weeks:
                return None
            self._odd_weeks.add(request.week)
        match request.week % 4:
            case 1:
                return body_response(b"[]", headers={"Link": page.headers["Link"]})
            case 2:
                return json_response({"error": "We had to rate limit your IP. To continue using our service, log in."})
            case _:
                return body_response(page.body)

    def _page(self, request: Request, state: State) -> Response:
        tokens = [value for key, value in request.params if key in ("expand", "expand[]")]
        refused = {REFUSED[1]} if self.options.odd_pages and request.week == REFUSED[0] else set[str]()
        if wrong := _wrong_token(tokens, tuple(token for token in TOKENS if token not in refused)):
            return wrong
        try:
            limit = self._limit(request)
            listing = self._listing(request, state)
            cursor = request.param("cursor")
            start = listing.after(cursor) if cursor else 0
        except BadCursor:
            return json_response({"error": "Invalid cursor"}, 400)
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        rows = Rows(self.world, state, listing.places(start, limit))
        full = (request.param("full") or "").lower() in ("true", "1")
        fields = list(dict.fromkeys(tokens)) or [*DEFAULT_KEYS, *(FULL_KEYS if full else ())]
        body = ("[" + ",".join(rendered(rows, fields, model_id=not tokens)) + "]").encode()
        more = start + limit < listing.size
        link = {"Link": _next_link(request, listing.cursor(start + limit - 1))} if more else {}
        return body_response(body, headers=link)

    def _limit(self, request: Request) -> int:
        text = request.param("limit")
        if text is None:
            return min(1000, self.options.max_limit)
        if not text.isdecimal() or int(text) < 1:
            raise ValueError("limit must be a positive number")
        if int(text) > self.options.max_limit and self.options.refuse_large_limit:
            raise ValueError(f"limit must be at most {self.options.max_limit}")
        return min(int(text), self.options.max_limit)

    def _listing(self, request: Request, state: State) -> Listing:
        sort = request.param("sort") or "trendingScore"
        if sort not in COLUMNS:
            raise ValueError(f"Invalid sort: expected one of {', '.join(COLUMNS)}")
        upwards = self.options.honour_direction and request.param("direction") == "1"
        return Listing(self.world, state, sort, descending=not upwards, chosen=self._chosen(request, state))

    def _chosen(self, request: Request, state: State) -> pl.Series | None:
        """Return the rows of the repositories that pass the request's filters; None for all of them."""
        wanted = tuple((key, value) for key, value in request.params if key in _FILTERS and value)
        if not wanted:
            return None
        with self._lock:
            if wanted not in state.orders:
                places: list[int] = []
                for begin in range(0, state.frame.height, 10_000):
                    block = pl.arange(begin, min(begin + 10_000, state.frame.height), eager=True)
                    rows = Rows(self.world, state, block)
                    passing = [_FILTERS[key](rows, value) for key, value in wanted]
                    places += [begin + place for place, row in enumerate(zip(*passing, strict=True)) if all(row)]
                state.orders[wanted] = pl.Series(places, dtype=pl.Int64)
            return state.orders[wanted]

    def _model(self, request: Request, repository: str) -> Response:
        tokens = [value for key, value in request.params if key in ("expand", "expand[]")]
        if wrong := _wrong_token(tokens, (*TOKENS, *DETAIL_ONLY)):
            return wrong
        state = self.world.state(request.week)
        index = self.world.names.find(repository)
        place = None if index is None else state.frame["index"].search_sorted(index)
        if place is None or place >= state.frame.height or state.frame["index"][place] != index:
            return json_response(MISSING, 401)
        rows = Rows(self.world, state, pl.Series([place], dtype=pl.Int64))
        if rows.ids[0].casefold() != repository.casefold():
            account, stem, look, odd = (rows[name][0] for name in ("account", "stem", "look", "odd"))
            former = self.world.names.name(rows["index"][0], account, stem, look, odd, False)
            if former.casefold() != repository.casefold():
                return json_response(MISSING, 401)
            return Response(307, headers={"Location": f"/api/models/{rows.ids[0]}", "Content-Type": "text/plain"})
        fields = [token for token in tokens if token in FIELDS] if tokens else DETAIL_KEYS
        record = decoded(rows, fields)[0]
        if "inferenceProviderMapping" in tokens:
            record["inferenceProviderMapping"] = {
                entry.pop("provider"): entry for entry in _dictionaries(record.get("inferenceProviderMapping"))
            }
        if "baseModels" in tokens:
            record.setdefault("baseModels", None)
        if "childrenModelCount" in tokens:
            record["childrenModelCount"] = self._children(state, rows["index"][0])
        if "usedStorage" in tokens or not tokens:
            record["usedStorage"] = 2 * PARAMETERS[rows["size"][0]] if record.get("safetensors") or tokens else 0
        if not tokens:
            record["modelId"] = rows.ids[0]
        return json_response(record)

    def _children(self, state: State, index: int) -> dict[str, int]:
        parents = (pl.col(name) == index for name in ("parent", "second", "third"))
        counts = dict(state.frame.filter(pl.any_horizontal(*parents)).group_by("relation").len().iter_rows())
        return {relation: counts.get(code, 0) for code, relation in enumerate(RELATIONS) if code}

    def _models_json(self, request: Request) -> Response:
        """Return the response of the undocumented web route with a total; pages of 30, counted from 0."""
        state = self.world.state(request.week)
        page = request.param("p") or "0"
        try:
            listing = self._listing(request, state)
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        if not page.isdecimal():
            return json_response({"error": "p must be a number"}, 400)
        start = min(int(page) * PAGE_OF_MODELS_JSON, listing.size)
        rows = Rows(self.world, state, listing.places(start, PAGE_OF_MODELS_JSON))
        fields = ("author", "downloads", "gated", "lastModified", "likes", "pipeline_tag", "private")
        body: dict[str, object] = {"models": decoded(rows, fields), "numItemsPerPage": PAGE_OF_MODELS_JSON}
        if request.param("withCount") == "true":
            # The site and the list can differ; only the total confirms a full last page.
            is_odd = self.options.odd_pages and request.week and request.week % 4 == 0 and listing.size % 1000
            body["numTotalItems"] = round(1.03 * listing.size) if is_odd else listing.size
        return json_response({**body, "pageIndex": int(page)})

    def _models_by_account(self, state: State) -> Counter[str]:
        """Return how many repositories each account has; cached for the latest state."""
        with self._lock:
            if self._accounts is None or self._accounts[0] is not state:
                every = pl.arange(0, state.frame.height, eager=True)
                owners = Counter(name.partition("/")[0] for name in Rows(self.world, state, every).ids)
                self._accounts = (state, owners)
            return self._accounts[1]

    def _overview(self, request: Request, kind: str, name: str) -> Response:
        models = self._models_by_account(self.world.state(request.week))[name]
        organisation = name in organisation_names() or name.endswith("-labs")
        if not (models or organisation) or organisation != (kind == "organizations"):
            what = "organization" if kind == "organizations" else "user"
            return json_response({"error": f"This {what} does not exist in the sandbox"}, 404)
        shared = {"numModels": models, "numSpaces": 0, "numDatasets": 0, "numPapers": 0}
        shared["numFollowers"] = round(counter(f"{name} followers", request.week, 90 * (models or 1)))
        if organisation:
            members = round(counter(f"{name} members", request.week, 200))
            known = {"name": name, "fullname": f"{name} (made up)", "isVerified": False, "plan": "team"}
            known["numUsers"] = members
            return json_response({**known, **shared})
        return json_response(
            {"user": name, "fullname": f"{name} (made up)", "type": "user", "isPro": False, **shared, "orgs": []}
        )


def _wrong_token(tokens: list[str], allowed: tuple[str, ...]) -> Response | None:
    """Return the error about the first unknown expand token: it lists all known ones."""
    for place, token in enumerate(tokens):
        if token not in allowed:
            known = "|".join(f'"{one}"' for one in allowed)
            return json_response({"error": f"✖ Invalid option: expected one of {known}\n  → at expand[{place}]"}, 400)
    return None


def _next_link(request: Request, cursor: str) -> str:
    """Return the `Link` header of the next page: every parameter again, `expand[]` written as `expand`, the cursor last."""
    again = [("expand" if key == "expand[]" else key, value) for key, value in request.params if key != "cursor"]
    query = urlencode([*again, ("cursor", cursor)], quote_via=quote, safe="")
    return f'<{request.base}/api/models?{query}>; rel="next"'


def _dictionaries(value: object) -> list[dict[str, str]]:
    return [dict(entry) for entry in value] if isinstance(value, list) else []


def _tagged(rows: Rows, tag: str) -> list[bool]:
    return [f'"{tag}"' in tags for tags in FIELDS["tags"](rows)]


def _gated(rows: Rows, wanted: str) -> list[bool]:
    return [bool(gate) == (wanted.lower() == "true") for gate in rows["gated"]]


_FILTERS: Final[dict[str, Callable[[Rows, str], list[bool]]]] = {
    "author": lambda rows, author: [name.startswith(f"{author}/") for name in rows.ids],
    "search": lambda rows, text: [text.casefold() in name.casefold() for name in rows.ids],
    "filter": _tagged,
    "pipeline_tag": lambda rows, task: [
        fragment == f',"pipeline_tag":"{task}"' for fragment in FIELDS["pipeline_tag"](rows)
    ],
    "gated": _gated,
}
