"""Arctic Shift: subscribers of a subreddit, from a free archive of Reddit by a third party; no key.

By day for the last weeks, or by month since the archive begins, in 2018.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec

from assets.http.client import Request, Service
from assets.http.errors import item_not_found, unexpected_field
from assets.http.json_decoding import decoded
from assets.list_source import collect_items, weekly_observation
from assets.settings import ServiceAddress, Settings
from assets.source import Source, SourceContext, SourceResult, today
from warehouse.facts.observations import Observation
from warehouse.seeds import lists

NAME = "arctic_shift"
ADDRESS = ServiceAddress("TIDEGAUGE_ARCTIC_SHIFT_URL", "https://arctic-shift.photon-reddit.com")
WEEKS = 8
FIRST_MONTH = date(2018, 1, 1)
SPACING_S = 1.0
# How the archive rejects a query that is too heavy or unknown.
_REFUSED = frozenset({400, 404, 422})


@dataclass(frozen=True)
class Day:
    """Subscribers of a subreddit on a day, or in the month that begins on it; the archive averages or interpolates."""

    day: date
    subscribers: float


class _Point(msgspec.Struct):
    date: Annotated[int, msgspec.Meta(ge=0, le=10**11)]
    value: Annotated[float, msgspec.Meta(ge=0, le=1e10)]


class _Series(msgspec.Struct):
    data: list[_Point]


class _NoSeries(msgspec.Struct):
    data: None
    error: str


def arctic_shift_service(url: str) -> Service:
    """Return the archive at `url`."""
    return Service(NAME, url, {"User-Agent": "tidegauge", "Accept-Encoding": "gzip"}, spacing_s=SPACING_S, attempts=4)


def subscribers_request(subreddit: str, today: date) -> Request:
    """Return the request for the daily subscribers of the last weeks; a rejection is a response too."""
    return Request(
        "api/time_series",
        {
            "key": f"r/{subreddit}/subscribers",
            "precision": "day",
            "after": (today - timedelta(weeks=WEEKS)).isoformat(),
            "before": today.isoformat(),
        },
        also=_REFUSED,
        not_yet=_error_in_body,
    )


def history_request(subreddit: str) -> Request:
    """Return the request for the subscribers of every month in the archive; a rejection is a response too."""
    query: dict[str, str | list[str]] = {"key": f"r/{subreddit}/subscribers", "precision": "month"}
    return Request("api/time_series", query, also=_REFUSED, not_yet=_error_in_body)


def _error_in_body(body: bytes) -> str | None:
    """Return the error that a response with status 200 states instead of data, such as a timeout of the archive."""
    try:
        return msgspec.json.decode(body, type=_NoSeries).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_months(status: int, body: bytes, subreddit: str, today: date) -> list[Day]:
    """Return the months that are over, oldest first; a month that the archive lacks is missing, not 0.

    Raises:
        ItemNotFoundError: the archive rejects the query, or has no data of the subreddit.
        UnexpectedResponseError: the response does not fit, such as one with a month twice or outside of the archive.
    """
    months = {
        month: Day(month, day.subscribers)
        for day in _read(status, body, subreddit, FIRST_MONTH, today, lambda day: day.replace(day=1))
        if (month := day.day.replace(day=1)) < today.replace(day=1)
    }
    if not months:
        raise item_not_found(NAME, f"r/{subreddit}", "the archive holds nothing of it")
    return [months[month] for month in sorted(months)]


def read_subscribers(status: int, body: bytes, subreddit: str, today: date) -> list[Day]:
    """Return the days that are over, oldest first; `today` is not over and is left out.

    Raises:
        ItemNotFoundError: the archive rejects the query, or has no data of the subreddit in these weeks.
        UnexpectedResponseError: the response does not fit, such as one with a day twice or outside of the request.
    """
    first = today - timedelta(weeks=WEEKS, days=1)
    days = _read(status, body, subreddit, first, today, lambda day: day)
    over = sorted((one for one in days if one.day < today), key=lambda one: one.day)
    if not over:
        raise item_not_found(NAME, f"r/{subreddit}", f"the archive holds nothing of it since {first}")
    return over


def _read(
    status: int, body: bytes, subreddit: str, first: date, today: date, period: Callable[[date], date]
) -> list[Day]:
    """Return the points of a series between two days, at most one for each `period`."""
    where = f"r/{subreddit}"
    if status != 200:
        raise item_not_found(NAME, where, f"the archive refuses the query (status {status})")
    found: dict[date, Day] = {}
    for point in decoded(NAME, where, body, _Series).data:
        day = datetime.fromtimestamp(point.date, UTC).date()
        if not first <= day <= today + timedelta(days=1):
            raise unexpected_field(NAME, where, "data.date", f"seconds of a day from {first} to {today}", point.date)
        if period(day) in found:
            raise unexpected_field(NAME, where, "data.date", "each day or month once", day.isoformat())
        found[period(day)] = Day(day, point.value)
    return list(found.values())


def collect(context: SourceContext) -> SourceResult:
    """Collect the daily subscribers of each listed subreddit over the last weeks. Raises SourceError like `collect_items`."""
    service = arctic_shift_service(context.settings.address(ADDRESS))
    day = context.now.date()

    def collect_item(subreddit: str) -> list[Observation]:
        response = context.responses.fetch(service, subscribers_request(subreddit, day))
        days = read_subscribers(response.status, response.body, subreddit, day)
        # Without the requested range: with it, the address of a day's figure would change every week.
        address = context.responses.stored[-1].url.partition("&after=")[0]
        return [
            replace(
                weekly_observation(
                    context,
                    "subreddit_subscribers",
                    "members",
                    f"r/{subreddit}",
                    one.subscribers,
                    qualifier="approximate",
                ),
                period_start=one.day,
                date_precision="day",
                evidence_url=address,
            )
            for one in days
        ]

    return collect_items(context, lists.subreddits(), collect_item, "r/{}".format)


def probe(settings: Settings) -> str:
    """Request the first listed subreddit; return what works. Raises SourceError like `read_subscribers`."""
    subreddit, day = lists.subreddits()[0], today()
    service = arctic_shift_service(settings.address(ADDRESS))
    response = service.single_attempt().send(subscribers_request(subreddit, day))
    newest = read_subscribers(response.status, response.body, subreddit, day)[-1]
    return f"without a key; newest day of r/{subreddit}: {newest.day}"


SOURCE = Source(
    name=NAME,
    title="Arctic Shift",
    home_page="https://arctic-shift.photon-reddit.com",
    licence="No licence is stated; a free service without guarantee",
    citation=(
        "Arctic Shift (https://github.com/ArthurHeitmann/arctic_shift), an archive of Reddit by a third party, read "
        "weekly by Tidegauge"
    ),
    caveat=(
        "Archived from Reddit by a third party: averaged or interpolated, days may be missing or be corrected later. "
        "Not Reddit's own statement, and never joined with it."
    ),
    addresses=(ADDRESS,),
    probe=probe,
    group="communities",
    kinds=frozenset({"python", "reddit"}),
    description="Subscribers of the listed subreddits on each day of the last weeks, as archived by a third party.",
    collect=collect,
)
