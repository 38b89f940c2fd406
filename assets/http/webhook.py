"""POST requests of our own, to URLs that may themselves be a secret: an alert as JSON, and pings of a heartbeat."""

import json
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import requests
import tenacity

from assets.http import environment
from assets.http.session import TimeLimitedSession

TIMEOUT_S = (5, 15)
RESPONSE_TIMEOUT_S = 30
ATTEMPTS = 3
Message = Mapping[str, str | float | bool | None]
_TRANSIENT_STATUSES = frozenset({408, 425, 429, *range(500, 600)})


class NotDeliveredError(RuntimeError):
    """The receiver did not accept a message; the text has the reason and never the URL."""


class TransientError(NotDeliveredError):
    """An error that the next attempt may not have."""


def post(address: str, event: Message, sleep: Callable[[float], None] = time.sleep) -> None:
    """Post an event as JSON. Raises like `retried`."""
    retried(sleep, _post, address, json.dumps(event), "application/json")


def ping(address: str, signal: str, text: str = "", sleep: Callable[[float], None] = time.sleep) -> None:
    """Ping a heartbeat: `signal` is start, fail, log, or empty for a success; `text` is logged there. Raises like `retried`."""
    parts = urlsplit(address)
    path = "/".join(filter(None, (parts.path.rstrip("/"), signal)))
    retried(sleep, _post, parts._replace(path=path).geturl(), text, "text/plain; charset=utf-8")


def retried(sleep: Callable[[float], None], attempt: Callable[..., None], *arguments: str) -> None:
    """Call `attempt`; retry transient errors, up to ATTEMPTS times in all.

    Raises:
        NotDeliveredError: it was not accepted.
    """
    tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TransientError),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential_jitter(initial=1, max=10),
        sleep=sleep,
        reraise=True,
    )(attempt, *arguments)


def _post(address: str, body: str, content_type: str) -> None:
    if (obstacle := environment.obstacle(address)) is not None:
        raise NotDeliveredError(f"{obstacle.reason} To do: {obstacle.remedy}")
    session = TimeLimitedSession(address)
    # The errors of requests contain the URL: their text is neither shown nor kept as the cause.
    try:
        with (
            session.time_limit(RESPONSE_TIMEOUT_S),
            session.post(
                address,
                data=body.encode(),
                headers={"Content-Type": content_type},
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            status = response.status_code
    except requests.Timeout:
        raise TransientError("it did not respond in time") from None
    except requests.exceptions.SSLError:
        raise TransientError(f"no TLS connection. To do: {environment.about_untrusted_certificates()}") from None
    except requests.ConnectionError:
        raise TransientError("no connection") from None
    except requests.RequestException as error:
        raise NotDeliveredError(f"it cannot be requested ({type(error).__name__})") from None
    if session.timed_out:
        raise TransientError("it did not respond in time")
    if status in _TRANSIENT_STATUSES:
        raise TransientError(f"it responded with status {status}")
    if not 200 <= status < 300:
        raise NotDeliveredError(f"it responded with status {status}")
