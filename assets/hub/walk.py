"""Walk over every public model of the Hugging Face Hub, page by page, and store each page as received.

The listing is requested with `sort=createdAt`, whose cursor is the immutable `_id`: with downloads, likes or the trending
score, models that move meanwhile would be skipped or repeated. The client library provides endpoint and token; the
pages are requested here, because the library has no timeout, cannot resume, and sends the token to any Link.
"""

import json
import re
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from assets.http.client import Request, Response, Service
from assets.http.errors import (
    RefusedWalkError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
    unexpected_field,
)
from assets.http.hub_service import SOURCE, hub_service
from assets.http.rate_limit import Quota
from assets.hub.page_parser import Contents, NotAPageError, read_contents
from assets.landing.response_schema import Shape, shape_of
from assets.landing.walk_folder import (
    DamagedLandingError,
    Outcome,
    Page,
    WalkFolder,
    new_walk_folder,
    walk_folders,
    weeks,
)
from assets.weeks import monday
from warehouse.database.lock import exclusive_lock

SANDBOX_SOURCE = "sandbox_hub"
PAGE_SIZE = 1000
# The fields that load_records.sql reads; `_id` and `id` always come.
EXPAND = (
    "author", "baseModels", "cardData", "createdAt", "downloads", "downloadsAllTime", "gated", "gguf", "library_name",
    "likes", "pipeline_tag", "private", "safetensors", "tags",
)  # fmt: skip
# Without one of these the week would have wrong figures or events; without one of the others it has gaps.
REQUIRED_TOKENS = ("downloads", "gated", "private", "tags")

# Fields of a record in the listing: always present, and present if there is a value.
_REQUIRED = {"_id": str, "id": str}
_OPTIONAL = {"createdAt": str, "downloads": int, "downloadsAllTime": int, "likes": int, "tags": list, "author": str}

# A walk with a smaller share of the rows of last week is incomplete.
SMALLEST_SHARE_OF_LAST_WEEK = 0.90
# The Hub's own total comes from a route that is not documented: a difference above this share is a warning.
LARGEST_DIFFERENCE_FROM_TOTAL = 0.01
# A doubtful page is requested this many times in all.
PAGE_ATTEMPTS = 3
# At the end of the list, the Hub's own total may be larger by this many models: some are deleted during the walk.
_DELETED_MEANWHILE = PAGE_SIZE // 10
# The list of valid tokens in the body of a refused request: `expected one of "a"|"b"`, `must be one of [a, b]`.
_VALID_TOKENS = re.compile(r"(?:\bone of\b|\bexpected\b)(.*?)(?:\breceived\b|\bgot\b|$)", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z][\w-]*")
_QUOTED = 2000
_FIRST = "api/models"
# A larger total is an error of the Hub.
_MOST_MODELS = 10**9


@dataclass(frozen=True)
class Progress:
    """Progress of a walk: its folder, pages and rows so far, expected rows if known, and the rest of the quota."""

    folder: WalkFolder
    pages: int
    rows: int
    expected_rows: int | None
    quota: Quota | None


@dataclass(frozen=True)
class Walk:
    """A complete, stored walk: the state of the Hub at `edge`, when the walk started."""

    folder: Path
    source: str
    week: date
    edge: datetime
    began_at: datetime
    finished_at: datetime
    hub_total: int | None
    pages: tuple[Page, ...]
    refused_tokens: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What is odd about the walk and does not stop it: fields that the Hub refused, or another total than its own."""
        found: list[str] = []
        if self.refused_tokens:
            found.append(
                f"the Hub no longer lists {', '.join(self.refused_tokens)}: these fields have no values in this week"
            )
        if self.hub_total is not None and not agrees(self.rows, self.hub_total):
            found.append(
                f"the list has {self.rows:,} models and the Hub's own total is {self.hub_total:,} "
                f"({self.rows / self.hub_total:.1%}); that total is not documented"
            )
        return found

    @property
    def origin(self) -> str:
        """Origin of the rows: `live` or `sandbox`."""
        return "sandbox" if self.source == SANDBOX_SOURCE else "live"

    @property
    def rows(self) -> int:
        """Records on all pages."""
        return sum(page.rows for page in self.pages)

    @property
    def bytes(self) -> int:
        """Bytes of all pages, uncompressed."""
        return sum(page.bytes for page in self.pages)

    @property
    def evidence_url(self) -> str:
        """Address of the first page."""
        return self.pages[0].url

    def shape(self) -> Shape:
        """Return the top-level fields of the records on the first page; authors choose what is inside, and its types."""
        shape = shape_of("json", WalkFolder(self.folder).body(self.pages[0])) if self.pages else {}
        return {
            field: set[str]()
            for field in shape
            if field.startswith("[].") and field.count(".") == 1 and field[-1] != "]"
        }


def agrees(rows: int, hub_total: int) -> bool:
    """Return whether a number of records agrees with the Hub's own total."""
    return abs(rows - hub_total) <= LARGEST_DIFFERENCE_FROM_TOTAL * hub_total


def probe(endpoint: str, token: str | None) -> str:
    """Probe the listing with one request for one record and describe the result.

    Raises:
        SourceError: there is no response, the key is rejected, or the response has another form.
    """
    try:
        response, refused = _first_page(hub_service(endpoint, token).single_attempt(), limit=1)
    except UnexpectedResponseError as error:
        if error.http_status in (401, 403):
            error.remedy = "the key in HF_TOKEN is rejected." if token else "set HF_TOKEN."
        raise
    try:
        records = json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise unexpected_field(SOURCE, "api/models", "(the whole)", "JSON", response.body[:80]) from error
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        raise unexpected_field(SOURCE, "api/models", "(the whole)", "a list of records", records)
    record = records[0]
    for name, kind in {**_REQUIRED, **_OPTIONAL}.items():
        if (name in _REQUIRED or record.get(name) is not None) and not isinstance(record.get(name), kind):
            raise unexpected_field(SOURCE, "api/models", name, kind.__name__, record.get(name))
    quota = f"; {response.quota.remaining} calls left in this window" if response.quota else ""
    dropped = f"; refused and left out: {', '.join(refused)}" if refused else ""
    return ("with a token" if token else "without a token (HF_TOKEN doubles the quota)") + quota + dropped


def hub_total(hub: Service) -> int | None:
    """Request the Hub's number of models; None if it is not in the response (the route is not documented)."""
    try:
        response = hub.single_attempt().get("models-json", {"withCount": "true", "p": "0"})
        total = json.loads(response.body)["numTotalItems"]
    except (SourceError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return total if type(total) is int and 0 < total < _MOST_MODELS else None


def _first_page(hub: Service, limit: int = PAGE_SIZE) -> tuple[Response, list[str]]:
    """Request the first page, without the optional tokens that the Hub refuses; return it and the refused tokens.

    Raises:
        UnexpectedResponseError: the Hub refuses a required token, or the request for another reason.
    """
    refused: list[str] = []
    while True:
        tokens = [token for token in EXPAND if token not in refused]
        parameters: dict[str, str | list[str]] = {"sort": "createdAt", "limit": str(limit), "expand": tokens}
        response = _list_page(hub, _FIRST, parameters)
        if response.status == 200:
            return response, refused
        newly_refused = _refused(response, tokens)
        required = [token for token in newly_refused if token in REQUIRED_TOKENS]
        if required or not newly_refused:
            raise _rejected(response, f"the Hub refuses to list {', '.join(required)}" if required else "")
        refused += newly_refused


def _list_page(hub: Service, url: str, parameters: dict[str, str | list[str]] | None = None) -> Response:
    """Request a page of the listing; return it, or the response with status 400 that refuses the request."""
    return hub.send(Request(url, parameters or {}, also=frozenset({400}), not_yet=_error_in_object))


def _error_in_object(body: bytes) -> str | None:
    """Return the error that the Hub states in an object instead of a list: a rate limit can come with status 200."""
    if not body.lstrip().startswith(b"{"):
        return None
    try:
        return str(json.loads(body)["error"])
    except (ValueError, RecursionError, KeyError):
        return None


def _refused(response: Response, requested: Collection[str]) -> list[str]:
    """Return the requested tokens that are not in the list of valid tokens in a response; none without such a list."""
    text = response.body.decode("utf-8", "replace")
    try:
        text = str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        text = text.replace('\\"', '"')
    valid = {word for listed in _VALID_TOKENS.findall(text) for word in _TOKEN.findall(listed)}
    return [token for token in requested if token not in valid] if valid.intersection(requested) else []


def _rejected(response: Response, reason: str) -> UnexpectedResponseError:
    """Return the error for a page that the Hub refuses with status 400."""
    body = response.body[:_QUOTED].decode("utf-8", "replace").strip()
    return UnexpectedResponseError(
        SOURCE,
        f"{reason or 'the Hub refuses the request'}: status {response.status} for api/models: {body!r}.",
        kept="everything that was there before.",
        remedy="update Tidegauge: the listing has changed. `tidegauge doctor` shows whether the Hub still refuses.",
        status=response.status,
    )


def complete_walks(
    folder: Path, endpoint: str, since: date | None = None, loaded: datetime | None = None
) -> list[Walk]:
    """Return the newest complete walk of `endpoint` of each week since `since` (a Monday), oldest first.

    A walk with a missing or changed page is skipped. A week whose newest complete walk has the edge `loaded` is left out.
    """
    walks: list[Walk] = []
    for week in weeks(folder):
        if since is not None and week < since:
            continue
        for one in reversed(walk_folders(folder, week)):
            if one.request["endpoint"] == endpoint and one.outcome and one.outcome.status == "complete":
                if loaded is not None and datetime.fromisoformat(one.request["edge"]) == loaded:
                    break
                try:
                    walks.append(stored_walk(one))
                except DamagedLandingError:
                    continue
                break
    return walks


def stored_walk(folder: WalkFolder) -> Walk:
    """Return a walk that has ended. Raises DamagedLandingError if a page is missing or has changed."""
    folder.read_complete()
    return _walk(folder)


def refuse_walk(walk: Walk, reason: str) -> None:
    """Mark a walk as refused: the next refresh makes a new one."""
    WalkFolder(walk.folder).end(Outcome("refused", datetime.now(UTC).isoformat(), reason))


def walk_models(
    hub: Service,
    folder: Path,
    now: datetime,
    *,
    last_rows: int | None = None,
    origin: str | None = None,
    on_page: Callable[[Progress], None] = lambda _: None,
) -> Walk:
    """Walk over every public model and store each page below `folder`; continue an interrupted walk of this week.

    `now` is the edge of the walk: models created later belong to the next week. `last_rows` is the number of rows of the
    walk before, `origin` (`live` or `sandbox`) the required origin of the rows, if there is one.

    Raises:
        UnreachableError, UnexpectedResponseError: the Hub cannot be read; the stored pages stay, the next call continues.
        RefusedWalkError: the walk has ended and is incomplete or out of order; it stays stored and is not used.
    """
    week = monday(now)
    with _walk_lock(folder):
        walk_folder = _unfinished(folder, week, hub.base_url)
        if walk_folder is None:
            walk_folder = new_walk_folder(folder, week)
            walk_folder.begin(
                {
                    "endpoint": hub.base_url,
                    "week": week.isoformat(),
                    "edge": now.astimezone(UTC).isoformat(),
                    "began_at": datetime.now(UTC).isoformat(),
                    "sort": "createdAt",
                    "limit": PAGE_SIZE,
                    "expand": EXPAND,
                    "hub_total": hub_total(hub),
                }
            )
        pages = _PageSequence(walk_folder, last_rows, origin)
        try:
            _request_pages(hub, pages, on_page)
        except (UnreachableError, UnexpectedResponseError) as error:
            error.kept = pages.kept
            raise
        pages.end()
        return _walk(walk_folder)


def _request_pages(hub: Service, sequence: "_PageSequence", on_page: Callable[[Progress], None]) -> None:
    """Request page after page; store and verify each during the request of the next."""
    pages = sequence.folder.pages
    before: tuple[Response, Future[Page | None]] | None = None

    def requested(url: str) -> Response:
        if url == _FIRST:
            response, refused = _first_page(hub)
            sequence.folder.begin({**sequence.folder.request, "refused_tokens": refused})
            return response
        response = _list_page(hub, url)
        return response if response.status == 200 else sequence.refuse_request(response)

    def added(response: Response, pending: "Future[Page | None]") -> Page:
        # Request a doubtful page again: the response may be empty or cut off, or may lack its Link.
        page = pending.result()
        for attempt in range(2, PAGE_ATTEMPTS + 1):
            page = page or sequence.add(requested(response.url), attempt=attempt)
        page = page or sequence.fail()
        on_page(
            Progress(sequence.folder, len(pages), sequence.rows, sequence.folder.request["hub_total"], response.quota)
        )
        return page

    upcoming = pages[-1].next_url if pages else _FIRST
    with ThreadPoolExecutor(max_workers=1) as writer:
        while upcoming is not None:
            try:
                response = requested(upcoming)
            finally:
                if before is not None:
                    added(*before)
            before = (response, writer.submit(sequence.add, response))
            upcoming = response.next_url
            if response.next_url is None:
                upcoming, before = added(*before).next_url, None


class _PageSequence:
    """The pages of one walk: store each page and verify it against the pages before."""

    def __init__(self, folder: WalkFolder, last_rows: int | None, origin: str | None) -> None:
        self.folder = folder
        self._origin = origin
        self._ids_before: set[str] = set()
        self.rows = sum(page.rows for page in folder.pages)
        self._last_rows = last_rows
        self._seen = {page.url for page in folder.pages} | {page.sha256 for page in folder.pages}
        self._last_error = ""

    @property
    def kept(self) -> str:
        """The `Kept:` part of an error."""
        return f"{len(self.folder.pages):,} pages with {self.rows:,} models, stored in {self.folder.path}."

    def add(self, response: Response, *, attempt: int = 1) -> Page | None:
        """Store a response and add it to the walk, or refuse the walk; None if it must be requested once more.

        A response that is not a page of records is doubtful, and so is an empty page that is not the last. At the first
        `attempt`, the last page is doubtful too: it may be cut off, or lack its Link.
        """
        file, sha256 = self.folder.store(response)
        try:
            contents = read_contents(response.body)
        except NotAPageError as error:
            self._last_error = str(error)
            return None
        page = Page(
            file=file,
            url=response.url,
            status=response.status,
            rows=contents.rows,
            bytes=len(response.body),
            sha256=sha256,
            first_id=contents.ids[0] if contents.ids else None,
            last_id=contents.ids[-1] if contents.ids else None,
            next_url=response.next_url,
            received_at=response.received_at.isoformat(),
            sandbox="x-tidegauge-sandbox" in response.headers,
            unreadable=contents.unreadable,
        )
        is_doubtful = attempt == 1 if page.next_url is None else page.rows == 0 and attempt < PAGE_ATTEMPTS
        if is_doubtful:
            return None
        self._verify_order(page, contents)
        self._verify_end(page)
        self.folder.register(page)
        self.rows += page.rows
        self._seen |= {page.url, page.sha256}
        self._ids_before = set(contents.ids)
        return page

    def fail(self) -> NoReturn:
        """Raise the error for a page that cannot be parsed, also when requested again."""
        raise UnexpectedResponseError(
            SOURCE,
            f"page {len(self.folder.pages) + 1} is not a page of models: {self._last_error}",
            kept=self.kept,
            remedy="run the refresh again: it continues at this page. If this persists, the listing has a new format.",
        )

    def refuse_request(self, response: Response) -> NoReturn:
        """Raise the error for a page after the first that the Hub refuses with status 400.

        If it now refuses a token, the walk is refused, because a part of the records would lack a field.
        """
        tokens = _refused(response, [one for one in EXPAND if one not in self.folder.request.get("refused_tokens", [])])
        if tokens:
            self._refuse(f"the Hub refuses to list {', '.join(tokens)} since page {len(self.folder.pages) + 1}")
        raise _rejected(response, "")

    def end(self) -> None:
        """Compare the rows with last week, and end the walk."""
        if self._last_rows is not None and self.rows < SMALLEST_SHARE_OF_LAST_WEEK * self._last_rows:
            share = f"{self.rows / self._last_rows:.1%} of the walk before ({self._last_rows:,})"
            self._refuse(f"it ended after {self.rows:,} models, {share}")
        self.folder.end(Outcome("complete", datetime.now(UTC).isoformat()))

    def _verify_end(self, page: Page) -> None:
        """Refuse a last page that is full or empty, unless the Hub's own total agrees: the Link may be missing.

        An empty last page is accepted without a total.
        """
        total = self.folder.request["hub_total"]
        if page.next_url is not None or 0 < page.rows < PAGE_SIZE or (page.rows == 0 and total is None):
            return
        rows = self.rows + page.rows
        if total is None or rows < total - _DELETED_MEANWHILE:
            what = "full" if page.rows else "empty"
            of = f"the Hub's own total is {total:,}" if total is not None else "the Hub states no total"
            self._refuse(f"it ended after {rows:,} models with a {what} page without a next link, and {of}")

    def _verify_order(self, page: Page, contents: Contents) -> None:
        number = len(self.folder.pages) + 1
        found = "sandbox" if page.sandbox else "live"
        if self._origin not in (None, found):
            self._refuse(f"the service is {found}, and this warehouse has {self._origin} rows: it never has both")
        if page.url in self._seen or (page.rows and page.sha256 in self._seen):
            self._refuse(f"page {number} repeats an earlier page")
        # Some records move to the next page when others are deleted; a page of them is not the next one.
        if 2 * sum(one in self._ids_before for one in contents.ids) > page.rows:
            self._refuse(f"page {number} repeats records of the page before")
        if page.rows == 0 and not self.folder.pages:
            self._refuse("the listing is empty")
        if page.rows == 0 and page.next_url:
            self._refuse(f"page {number} is empty and not the last")
        first = next((p for p in self.folder.pages if p.first_id != p.last_id), page)
        is_falling = (first.first_id or "")[:8] > (first.last_id or "")[:8]
        last = self.folder.pages[-1].last_id if self.folder.pages else None
        if not contents.follow(last, self._ids_before, is_falling=is_falling):
            self._refuse(f"page {number} is out of order: the listing is not sorted by creation")

    def _refuse(self, reason: str) -> None:
        self.folder.end(Outcome("refused", datetime.now(UTC).isoformat(), reason))
        raise RefusedWalkError(
            SOURCE,
            f"the walk is refused: {reason}.",
            kept=f"{self.kept} Nothing of it is used; the weeks before are unchanged.",
            remedy="run the refresh again: it starts a new walk. TIDEGAUGE_HUB_URL is the service, TIDEGAUGE_HOME the warehouse.",
        )


def _unfinished(folder: Path, week: date, endpoint: str) -> WalkFolder | None:
    """Return the newest walk of this week if it was interrupted, with its complete pages; else None."""
    for walk_folder in walk_folders(folder, week)[-1:]:
        if walk_folder.outcome is None and walk_folder.request["endpoint"] == endpoint:
            walk_folder.resume()
            return walk_folder
    return None


def _walk(folder: WalkFolder) -> Walk:
    request: dict[str, Any] = folder.request
    if folder.outcome is None:
        raise ValueError(f"the walk in {folder.path} has not ended")
    return Walk(
        folder=folder.path,
        source=SANDBOX_SOURCE if any(page.sandbox for page in folder.pages) else SOURCE,
        week=date.fromisoformat(request["week"]),
        edge=datetime.fromisoformat(request["edge"]),
        began_at=datetime.fromisoformat(request["began_at"]),
        finished_at=datetime.fromisoformat(folder.outcome.finished_at),
        hub_total=request["hub_total"],
        pages=tuple(folder.pages),
        refused_tokens=tuple(request.get("refused_tokens", ())),
    )


def _walk_lock(folder: Path) -> AbstractContextManager[None]:
    folder.mkdir(parents=True, exist_ok=True)
    busy = UnexpectedResponseError(
        SOURCE,
        "another refresh is walking over the Hub.",
        kept="everything; this run has sent no request.",
        remedy="wait until it ends.",
    )
    return exclusive_lock(folder / "walk.lock", busy)
