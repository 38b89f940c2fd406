"""Reddit: subscribers of the listed subreddits, a hundred in a request, through PRAW with the key of an app."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

import msgspec
import prawcore
import requests

from assets.communities.reddit_session import RecordingSession
from assets.http import environment
from assets.http.client import JSON, TRANSIENT_STATUSES, Response
from assets.http.errors import (
    NotConfiguredError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
    unexpected_field,
)
from assets.http.json_decoding import People, decoded
from assets.list_source import too_many, weekly_observation
from assets.settings import ServiceAddress, ServiceKey, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.observations import Observation
from warehouse.facts.set_aside_items import SetAside
from warehouse.seeds import lists

NAME = "reddit"
ADDRESS = ServiceAddress("TIDEGAUGE_REDDIT_URL", "https://www.reddit.com")
_APP = (
    "Credentials of a Reddit app (https://www.reddit.com/prefs/apps; new apps need Reddit's approval). Without them only "
    "the keyless archive of subscriber counts is read."
)
CLIENT_ID = ServiceKey("TIDEGAUGE_REDDIT_CLIENT_ID", _APP)
CLIENT_SECRET = ServiceKey("TIDEGAUGE_REDDIT_CLIENT_SECRET", _APP)
MOST_NAMES = 100
_LIVE_DATA = "https://oauth.reddit.com"
_PATH = "api/info/"
_KEPT = "everything that was there before."
_WORD = re.compile(r"[a-z_]{1,40}")
# PRAW also raises errors that are not its own: a KeyError for a 401, a ValueError for a Retry-After that is a date, what
# requests raises for a token that is not JSON, and others for a token that is JSON of another form.
_RAISED_BY_PRAW = (
    prawcore.PrawcoreException, requests.RequestException,
    KeyError, ValueError, TypeError, AttributeError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True)
class App:
    """An app registered with Reddit; `user_agent` names the caller, as platform:app:version (by whom)."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    user_agent: str = field(repr=False)


@dataclass(frozen=True)
class Subscribers:
    """Subscribers of subreddits by name, and why there are none of others, by name or by what Reddit sent instead."""

    by_name: Mapping[str, int]
    without: Mapping[str, str]


class _About(msgspec.Struct):
    display_name: str
    subscribers: People | None = None


class _Child(msgspec.Struct):
    kind: str
    data: _About


class _Name(msgspec.Struct):
    display_name: str


class _Named(msgspec.Struct):
    data: _Name


class _Children(msgspec.Struct):
    children: list[msgspec.Raw]


class _Listing(msgspec.Struct):
    kind: str
    data: _Children


def reddit_app(client_id: str | None, client_secret: str | None, contact: str | None) -> App:
    """Return the app whose key is set.

    Raises:
        NotConfiguredError: there is no key.
    """
    if not client_id or not client_secret:
        raise NotConfiguredError(
            NAME,
            "it responds only to an approved app, and no key is set; the archive of another source is read.",
            kept="its earlier figures.",
            remedy="set TIDEGAUGE_REDDIT_CLIENT_ID and TIDEGAUGE_REDDIT_CLIENT_SECRET.",
        )
    by = contact or f"the owner of app {client_id}"
    return App(client_id, client_secret, f"python:tidegauge:{version('tidegauge')} (by {by})")


def data_address(url: str) -> str:
    """Return the address of Reddit's data: another host than the token's, unless `url` is a stand-in."""
    return _LIVE_DATA if url == ADDRESS.default else url


def data_path(names: Sequence[str]) -> str:
    """Return the path and query that request subreddits, below the address of Reddit's data."""
    return f"{_PATH}?sr_name={','.join(names)}"


def ask_reddit(url: str, app: App, names: Sequence[str]) -> Response:
    """Request up to a hundred subreddits at once; return the response as received.

    Raises:
        UnreachableError: Reddit did not respond, or asks to retry later.
        UnexpectedResponseError: it rejects the key or the request, or the response does not fit.
    """
    import praw  # slow: it imports aiohttp, which is never used here
    from praw.exceptions import PRAWException

    recorder = RecordingSession({url, data_address(url)}, (app.client_id, app.client_secret, app.user_agent))
    try:
        reddit = praw.Reddit(
            "DEFAULT",
            client_id=app.client_id,
            client_secret=app.client_secret,
            user_agent=app.user_agent,
            reddit_url=url,
            oauth_url=f"{data_address(url)}/",
            # Not from the environment or a praw.ini: PRAW would request another grant.
            username=None,
            password=None,
            refresh_token=None,
            check_for_updates=False,
            requestor_kwargs={"session": recorder},
        )
        reddit.request(method="GET", path=_PATH, params={"sr_name": ",".join(names)})
    except (PRAWException, *_RAISED_BY_PRAW) as error:
        # The error holds the request, and the request holds the key: do not chain it.
        raise _translated(error, recorder) from None
    if recorder.repeats_a_key:
        raise _unexpected("the response repeats our own key; it was not kept", 200)
    return Response(
        url=f"{data_address(url)}/{data_path(names)}",
        status=200,
        headers=recorder.received_headers,
        body=recorder.body,
        packed=None,
        received_at=datetime.now(UTC),
        quota=None,
        next_url=None,
    )


def read_subscribers(body: bytes, names: Sequence[str]) -> Subscribers:
    """Return the subscribers; Reddit omits what it does not know, and uses its own order and spelling.

    A subreddit that does not fit, that comes twice or was not requested is left out with its reason.

    Raises:
        UnexpectedResponseError: the response does not fit, or too much of it.
    """
    listing = decoded(NAME, _PATH, body, _Listing)
    if listing.kind != "Listing":
        raise unexpected_field(NAME, _PATH, "kind", "Listing", listing.kind)
    requested = {name.casefold(): name for name in names}
    found: dict[str, int] = {}
    without: dict[str, str] = {}
    for number, child in enumerate(listing.data.children, 1):
        name = requested.get(_name_of(child).casefold())
        where = name or f"entry {number} of {_PATH}"
        try:
            read = decoded(NAME, where, bytes(child), _Child)
            if read.kind != "t5" or name is None:
                raise unexpected_field(NAME, where, "data.children", "requested subreddits", read.data.display_name)
            if name in found or name in without:
                raise unexpected_field(NAME, where, "data.children.display_name", "each subreddit once", name)
        except UnexpectedResponseError as error:
            without[where] = error.reason
            found.pop(where, None)
        else:
            if read.data.subscribers is not None:
                found[name] = read.data.subscribers
    silent = [name for name in names if name not in found and name not in without]
    without |= dict.fromkeys(silent, "Reddit leaves it out, or states no subscribers.")
    if too_many(len(names) - len(found), len(names)):
        raise UnexpectedResponseError(
            NAME,
            f"{len(names) - len(found)} of {len(names)} subreddits have no figure: "
            + " ".join(f"{where}: {reason}" for where, reason in list(without.items())[:3]),
            kept="the response as received, and everything that was there before.",
            remedy="compare the stored response with what the client expects: it may be cut off, or have another format.",
        )
    return Subscribers(found, without)


def _name_of(child: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(child, type=_Named).data.display_name
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _translated(error: Exception, recorder: RecordingSession) -> SourceError:
    """Return an error of PRAW as one of ours; it quotes nothing of the response except a single word."""
    status, where = recorder.status, recorder.path or "(nothing was sent)"
    if isinstance(error, prawcore.RequestException):
        error = error.original_exception
        if not isinstance(error, ValueError):  # raised for what cannot be sent, such as a header of two lines
            return _unreachable(
                f"no complete response for {where}: {type(error).__name__}",
                None,
                environment.about_untrusted_certificates() if isinstance(error, requests.exceptions.SSLError) else None,
            )
        status = None
    if status is None:
        return _unexpected(f"PRAW sends no request after {where}: {type(error).__name__}", None)
    if status in TRANSIENT_STATUSES:
        return _unreachable(f"status {status} for {where}", status)
    if status != 200:
        return _unexpected(f"status {status} for {where}{_word(recorder, 'reason')}", status)
    if isinstance(error, prawcore.OAuthException):
        return _unexpected(f"the app's key is rejected at {where}{_word(recorder, 'error')}", 401)
    return _unexpected(f"the response for {where} has another form than until now ({type(error).__name__})", status)


def _word(recorder: RecordingSession, name: str) -> str:
    try:
        word = json.loads(recorder.body)[name]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f" ({word})" if isinstance(word, str) and _WORD.fullmatch(word) and not recorder.repeats_a_key else ""


def _unreachable(what: str, status: int | None, remedy: str | None = None) -> UnreachableError:
    remedy = remedy or "run the refresh again when `tidegauge doctor` reports that the service is back."
    return UnreachableError(NAME, f"{what}.", kept=_KEPT, remedy=remedy, status=status)


def _unexpected(what: str, status: int | None) -> UnexpectedResponseError:
    remedy = "check TIDEGAUGE_REDDIT_CLIENT_ID and TIDEGAUGE_REDDIT_CLIENT_SECRET; `tidegauge doctor` tests them."
    return UnexpectedResponseError(NAME, f"{what}.", kept=_KEPT, remedy=remedy, status=status)


def collect(context: SourceContext) -> SourceResult:
    """Collect the subscribers of all listed subreddits, a hundred in a request. Raises SourceError like `ask_reddit`."""
    url, app = context.settings.address(ADDRESS), _app_of(context.settings)
    names = lists.subreddits()
    observations: list[Observation] = []
    without: list[SetAside] = []
    for start in range(0, len(names), MOST_NAMES):
        batch = names[start : start + MOST_NAMES]
        response = context.responses.store_external(data_path(batch), JSON, partial(ask_reddit, url, app, batch))
        found = read_subscribers(response.body, batch)
        without += [
            SetAside(f"r/{name}" if name in batch else name, reason.removeprefix(f"{name}: "))
            for name, reason in found.without.items()
        ]
        observations += [
            weekly_observation(context, "subreddit_subscribers", "members", f"r/{name}", count)
            for name, count in found.by_name.items()
        ]
    return SourceResult(observations, set_aside=without)


def probe(settings: Settings) -> str:
    """Request the first listed subreddit; return what works. Raises SourceError like `ask_reddit` and `read_subscribers`."""
    names = lists.subreddits()[:1]
    read_subscribers(ask_reddit(settings.address(ADDRESS), _app_of(settings), names).body, names)
    return "with the app's key"


def _app_of(settings: Settings) -> App:
    return reddit_app(settings.key(CLIENT_ID), settings.key(CLIENT_SECRET), settings.contact)


SOURCE = Source(
    name=NAME,
    title="Reddit",
    home_page="https://www.reddit.com",
    licence="Reddit Data API Terms and Responsible Builder Policy; figures only and no content of users",
    citation="Reddit, Data API (https://oauth.reddit.com/api/info), read weekly by Tidegauge",
    caveat=(
        "Answers only to an app that Reddit has approved; without its key the source is skipped. Subreddits that "
        "Reddit leaves out of its answer get no figure."
    ),
    addresses=(ADDRESS,),
    keys=(CLIENT_ID, CLIENT_SECRET),
    probe=probe,
    group="communities",
    kinds=frozenset({"python", "reddit"}),
    description="Subscribers of the listed subreddits, from Reddit itself; it responds only to an approved app.",
    collect=collect,
)
