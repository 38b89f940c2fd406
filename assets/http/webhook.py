"""Webhook for alerts: one JSON POST for each event, to a URL that may itself be a secret."""

import time
from collections.abc import Callable, Mapping

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
    """The receiver did not accept an event; the message has the reason and never the URL."""


class _TransientError(NotDeliveredError):
    """An error that the next attempt may not have."""


def post(address: str, event: Message, sleep: Callable[[float], None] = time.sleep) -> None:
    """Post an event as JSON; retry transient errors, up to ATTEMPTS times in all.

    Raises:
        NotDeliveredError: it was not accepted.
    """
    tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_TransientError),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential_jitter(initial=1, max=10),
        sleep=sleep,
        reraise=True,
    )(_post, address, event)


def _post(address: str, event: Message) -> None:
    if (obstacle := environment.obstacle(address)) is not None:
        raise NotDeliveredError(f"{obstacle.reason} To do: {obstacle.remedy}")
    session = TimeLimitedSession(address)
    # The errors of requests contain the URL: their text is neither shown nor kept as the cause.
    try:
        with (
            session.time_limit(RESPONSE_TIMEOUT_S),
            session.post(address, json=event, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as response,
        ):
            status = response.status_code
    except requests.Timeout:
        raise _TransientError("it did not respond in time") from None
    except requests.exceptions.SSLError:
        raise _TransientError(f"no TLS connection. To do: {environment.about_untrusted_certificates()}") from None
    except requests.ConnectionError:
        raise _TransientError("no connection") from None
    except requests.RequestException as error:
        raise NotDeliveredError(f"it cannot be requested ({type(error).__name__})") from None
    if session.timed_out:
        raise _TransientError("it did not respond in time")
    if status in _TRANSIENT_STATUSES:
        raise _TransientError(f"it responded with status {status}")
    if not 200 <= status < 300:
        raise NotDeliveredError(f"it responded with status {status}")
