"""The Hugging Face Hub: a walk over every public model, page by page, landed as it came.

The listing is asked for by `sort=createdAt`, whose cursor stands on the immutable `_id`: a walk on downloads, likes or
the trending score skips or repeats what moves meanwhile. The client library gives endpoint and token; the pages are
fetched here, because the library has no timeout, cannot resume, and sends the token wherever a Link points.
"""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from assets.http.client import Response, Service
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
from assets.landing.walk_folder import DamagedLandingError, Landing, Outcome, Page, landings, new_landing, weeks
from assets.weeks import monday
from warehouse.database.lock import exclusive_lock

SANDBOX_SOURCE = "sandbox_hub"
PAGE_SIZE = 1000
EXPAND = (
    "author", "baseModels", "cardData", "createdAt", "disabled", "downloads", "downloadsAllTime", "gated", "gguf",
    "lastModified", "library_name", "likes", "pipeline_tag", "private", "safetensors", "sha", "tags", "trendingScore",
)  # fmt: skip

# What a record of the listing carries: these always, those where there is a value.
_ALWAYS = {"_id": str, "id": str}
_AT_TIMES = {"createdAt": str, "downloads": int, "downloadsAllTime": int, "likes": int, "tags": list, "author": str}

# A walk with fewer rows than this share of last week's, or of the Hub's own total, is not the whole Hub.
SMALLEST_SHARE_OF_LAST_WEEK = 0.90
SMALLEST_SHARE_OF_TOTAL = 0.99
# A total beyond this is none.
_MOST_MODELS = 10**9


@dataclass(frozen=True)
class Progress:
    """How far a walk is: what is landed, pages and rows so far, rows to come if known, and what is left of the quota."""

    landing: Landing
    pages: int
    rows: int
    expected_rows: int | None
    quota: Quota | None


@dataclass(frozen=True)
class Walk:
    """A complete walk, landed: the state of the Hub at `edge`, the moment the walk began."""

    folder: Path
    source: str
    week: date
    edge: datetime
    began_at: datetime
    finished_at: datetime
    hub_total: int | None
    pages: tuple[Page, ...]

    @property
    def origin(self) -> str:
        """Where the rows come from: `live` or `sandbox`."""
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
        """Give the fields of the records, as the first page has them; authors choose what stands inside, and of which type."""
        shape = shape_of("json", Landing(self.folder).body(self.pages[0])) if self.pages else {}
        return {
            field: set[str]()
            for field in shape
            if field.startswith("[].") and field.count(".") == 1 and field[-1] != "]"
        }


def probe(endpoint: str, token: str | None) -> str:
    """Ask the listing for one record, and say how it went.

    Raises:
        SourceError: it cannot be asked, its key is refused, or its answer no longer fits.
    """
    parameters: dict[str, str | list[str]] = {"sort": "createdAt", "limit": "1", "expand": list(EXPAND)}
    try:
        response = hub_service(endpoint, token).single_attempt().get("api/models", parameters)
    except UnexpectedResponseError as error:
        if error.http_status in (401, 403):
            error.remedy = "the key in HF_TOKEN is refused." if token else "set HF_TOKEN."
        raise
    try:
        records = json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise unexpected_field(SOURCE, "api/models", "(the whole)", "JSON", response.body[:80]) from error
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        raise unexpected_field(SOURCE, "api/models", "(the whole)", "a list of records", records)
    record = records[0]
    for name, kind in {**_ALWAYS, **_AT_TIMES}.items():
        if (name in _ALWAYS or record.get(name) is not None) and not isinstance(record.get(name), kind):
            raise unexpected_field(SOURCE, "api/models", name, kind.__name__, record.get(name))
    quota = f"; {response.quota.remaining} calls left in this window" if response.quota else ""
    return ("with a token" if token else "without a token (HF_TOKEN doubles the quota)") + quota


def hub_total(hub: Service) -> int | None:
    """Ask the Hub how many models it has; None where it does not say (the route is not documented)."""
    try:
        response = hub.single_attempt().get("models-json", {"withCount": "true", "p": "0"})
        total = json.loads(response.body)["numTotalItems"]
    except (SourceError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return total if type(total) is int and 0 < total < _MOST_MODELS else None


def complete_walks(folder: Path, endpoint: str, since: date | None = None, read: datetime | None = None) -> list[Walk]:
    """Give the newest complete walk of each week since `since` (a Monday) that stands for `endpoint`, oldest first.

    A walk of which anything is no longer as it was landed is not the whole Hub any more, and is passed over. A week of
    which the newest complete walk stands for the moment `read` is left out.
    """
    walks: list[Walk] = []
    for week in weeks(folder):
        if since is not None and week < since:
            continue
        for landing in reversed(landings(folder, week)):
            if landing.request["endpoint"] == endpoint and landing.outcome and landing.outcome.status == "complete":
                if read is not None and datetime.fromisoformat(landing.request["edge"]) == read:
                    break
                try:
                    walks.append(landed_walk(landing))
                except DamagedLandingError:
                    continue
                break
    return walks


def landed_walk(landing: Landing) -> Walk:
    """Give a walk that has come to its end. Raises DamagedLandingError if it is no longer whole."""
    landing.take_up_whole()
    return _walk(landing)


def refuse_walk(walk: Walk, reason: str) -> None:
    """Write down that a walk is not to be used after all: the next refresh makes a new one."""
    Landing(walk.folder).end(Outcome("refused", datetime.now(UTC).isoformat(), reason))


def walk_models(
    hub: Service,
    folder: Path,
    now: datetime,
    *,
    last_rows: int | None = None,
    origin: str | None = None,
    on_page: Callable[[Progress], None] = lambda _: None,
) -> Walk:
    """Walk over every public model and land each page below `folder`; continue a walk of this week that broke off.

    `now` is the moment the snapshot stands for: what is made later belongs to the next week. `last_rows` is the size of
    the walk before, `origin` (`live` or `sandbox`) where the rows must come from, if that is settled.

    Raises:
        UnreachableError, UnexpectedResponseError: the Hub cannot be read; what was landed stays, the next call goes on.
        RefusedWalkError: the walk ended and is not the whole Hub in order; it stays landed and is not used.
    """
    week = monday(now)
    with _walk_lock(folder):
        landing = _unfinished(folder, week, hub.base_url)
        if landing is None:
            landing = new_landing(folder, week)
            landing.begin(
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
        course = _Course(landing, last_rows, origin)
        try:
            _follow(hub, course, on_page)
        except (UnreachableError, UnexpectedResponseError) as error:
            error.kept = course.kept
            raise
        course.end()
        return _walk(landing)


def _follow(hub: Service, course: "_Course", on_page: Callable[[Progress], None]) -> None:
    """Go from page to page; while one is asked for, the one before is landed and looked at."""
    first: dict[str, str | list[str]] = {"sort": "createdAt", "limit": str(PAGE_SIZE), "expand": list(EXPAND)}
    pages = course.landing.pages
    asked = (pages[-1].next_url, None) if pages else ("api/models", first)
    before: tuple[Response, Future[Page | None]] | None = None

    def taken(response: Response, under_way: "Future[Page | None]") -> Page:
        # What is doubtful is asked for once more: the answer may have been cut, or its Link may have been lost.
        page = under_way.result() or course.take(hub.get(response.url), is_second=True) or course.give_up()
        on_page(Progress(course.landing, len(pages), course.rows, course.landing.request["hub_total"], response.quota))
        return page

    with ThreadPoolExecutor(max_workers=1) as lander:
        while asked[0] is not None:
            try:
                response = hub.get(asked[0], asked[1])
            finally:
                if before is not None:
                    taken(*before)
            before = (response, lander.submit(course.take, response))
            asked = (response.next_url, None)
            if response.next_url is None:
                asked, before = (taken(*before).next_url, None), None


class _Course:
    """The course of one walk: lands each page, and holds it against those before."""

    def __init__(self, landing: Landing, last_rows: int | None, origin: str | None) -> None:
        self.landing = landing
        self._origin = origin
        self._ids_before: set[str] = set()
        self.rows = sum(page.rows for page in landing.pages)
        self._last_rows = last_rows
        self._seen = {page.url for page in landing.pages} | {page.sha256 for page in landing.pages}
        self._last_fault = ""

    @property
    def kept(self) -> str:
        """What an error says is still there."""
        return f"{len(self.landing.pages):,} pages with {self.rows:,} models, landed in {self.landing.folder}."

    def take(self, response: Response, *, is_second: bool = False) -> Page | None:
        """Land an answer and let it join the walk, or refuse the walk; None if it is to be asked for once more.

        An answer that is no page of records is doubtful, and so is one that would end the walk: it may have been cut, or
        have lost its Link. When it `is_second`, the same again is believed.
        """
        file, sha256 = self.landing.keep(response)
        try:
            contents = read_contents(response.body)
        except NotAPageError as error:
            self._last_fault = str(error)
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
        if page.next_url is None and not is_second:
            return None
        self._hold_against_those_before(page, contents)
        self.landing.register(page)
        self.rows += page.rows
        self._seen |= {page.url, page.sha256}
        self._ids_before = set(contents.ids)
        return page

    def give_up(self) -> NoReturn:
        """Stop at a page that is not one, also when asked for again."""
        raise UnexpectedResponseError(
            SOURCE,
            f"page {len(self.landing.pages) + 1} is not a page of models: {self._last_fault}",
            kept=self.kept,
            remedy="run the refresh again: it continues at this page. If it stays so, the listing has a new form.",
        )

    def end(self) -> None:
        """Hold the whole walk against last week and against the Hub's own total."""
        for what, rows, share in (
            ("the walk before", self._last_rows, SMALLEST_SHARE_OF_LAST_WEEK),
            ("the Hub's own total", self.landing.request["hub_total"], SMALLEST_SHARE_OF_TOTAL),
        ):
            if rows is not None and self.rows < share * rows:
                self._refuse(f"it ended after {self.rows:,} models, {self.rows / rows:.1%} of {what} ({rows:,})")
        self.landing.end(Outcome("complete", datetime.now(UTC).isoformat()))

    def _hold_against_those_before(self, page: Page, contents: Contents) -> None:
        number = len(self.landing.pages) + 1
        found = "sandbox" if page.sandbox else "live"
        if self._origin not in (None, found):
            self._refuse(f"the service is {found}, and this warehouse holds {self._origin} rows: it never holds both")
        if page.url in self._seen or (page.rows and page.sha256 in self._seen):
            self._refuse(f"page {number} repeats a page that came before")
        if page.rows == 0 and not self.landing.pages:
            self._refuse("the listing is empty")
        if page.rows == 0 and page.next_url:
            self._refuse(f"page {number} is empty and not the last")
        first = next((p for p in self.landing.pages if p.first_id != p.last_id), page)
        is_falling = (first.first_id or "")[:8] > (first.last_id or "")[:8]
        last = self.landing.pages[-1].last_id if self.landing.pages else None
        if not contents.follow(last, self._ids_before, is_falling=is_falling):
            self._refuse(f"page {number} is out of order: the listing is not sorted by creation")

    def _refuse(self, reason: str) -> None:
        self.landing.end(Outcome("refused", datetime.now(UTC).isoformat(), reason))
        raise RefusedWalkError(
            SOURCE,
            f"the walk is refused: {reason}.",
            kept=f"{self.kept} Nothing of it is used; the weeks before stand as they were.",
            remedy="run the refresh again: it starts a new walk. TIDEGAUGE_HUB_URL and TIDEGAUGE_HOME say where to and for whom.",
        )


def _unfinished(folder: Path, week: date, endpoint: str) -> Landing | None:
    """Give this week's newest walk if it broke off, with its whole pages taken up."""
    for landing in landings(folder, week)[-1:]:
        if landing.outcome is None and landing.request["endpoint"] == endpoint:
            landing.resume()
            return landing
    return None


def _walk(landing: Landing) -> Walk:
    request: dict[str, Any] = landing.request
    if landing.outcome is None:
        raise ValueError(f"the walk in {landing.folder} has not ended")
    return Walk(
        folder=landing.folder,
        source=SANDBOX_SOURCE if any(page.sandbox for page in landing.pages) else SOURCE,
        week=date.fromisoformat(request["week"]),
        edge=datetime.fromisoformat(request["edge"]),
        began_at=datetime.fromisoformat(request["began_at"]),
        finished_at=datetime.fromisoformat(landing.outcome.finished_at),
        hub_total=request["hub_total"],
        pages=tuple(landing.pages),
    )


def _walk_lock(folder: Path) -> AbstractContextManager[None]:
    folder.mkdir(parents=True, exist_ok=True)
    busy = UnexpectedResponseError(
        SOURCE,
        "another refresh is walking over the Hub at this moment.",
        kept="everything; this run has asked for nothing.",
        remedy="wait for the other one to end.",
    )
    return exclusive_lock(folder / "walk.lock", busy)
