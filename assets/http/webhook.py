"""The receiver of alerts: one POST of JSON for each event, to one address that may itself be a secret."""

import time
from collections.abc import Callable, Mapping

import requests
import tenacity

from assets.http.session import TimeLimitedSession

TIMEOUT_S = (5, 15)
ANSWER_TIMEOUT_S = 30
ATTEMPTS = 3
Message = Mapping[str, str | float | bool | None]
_PASSING = frozenset({408, 425, 429, *range(500, 600)})


class NotDeliveredError(RuntimeError):
    """The receiver did not accept an event; the text tells why, and never the address."""


class _PassingTrouble(NotDeliveredError):
    """Something that may be over at the next attempt."""


def post(address: str, event: Message, sleep: Callable[[float], None] = time.sleep) -> None:
    """Post an event as JSON; a passing trouble is tried again, three times in all.

    Raises:
        NotDeliveredError: it was not accepted.
    """
    tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_PassingTrouble),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential_jitter(initial=1, max=10),
        sleep=sleep,
        reraise=True,
    )(_post, address, event)


def _post(address: str, event: Message) -> None:
    session = TimeLimitedSession(address)
    # What requests says of an error names the address: none of it is told, nor kept as the cause.
    try:
        with (
            session.time_limit(ANSWER_TIMEOUT_S),
            session.post(address, json=event, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as response,
        ):
            status = response.status_code
    except requests.Timeout:
        raise _PassingTrouble("it did not answer in time") from None
    except requests.ConnectionError:
        raise _PassingTrouble("no connection") from None
    except requests.RequestException as error:
        raise NotDeliveredError(f"it cannot be asked ({type(error).__name__})") from None
    if session.timed_out:
        raise _PassingTrouble("it did not answer in time")
    if status in _PASSING:
        raise _PassingTrouble(f"it answered with status {status}")
    if not 200 <= status < 300:
        raise NotDeliveredError(f"it answered with status {status}")
