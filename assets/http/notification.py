"""An alert to the operator: as JSON to a plain webhook, or in the form of Slack, Discord, Teams and the like.

The forms are those of the library Apprise, which knows the address of each service, as the service shows it
(https://hooks.slack.com/...) or as an address of its own (mailtos://...). It is imported when an alert is sent.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from assets.http import webhook

if TYPE_CHECKING:
    from apprise import NotifyBase

# Services that are recognised by the https address that they show. Any other https address is a plain webhook.
_BY_WEB_ADDRESS = ("slack", "discord", "workflow", "gchat")
# Discord, the strictest, takes 2,000 characters.
LONGEST_TEXT = 1500
Severity = Literal["info", "warning", "failure"]
_STATUS = re.compile(r"error=(\d{3})")
# What calls people: @name, <@&role> of Discord, <!channel> of Slack, <users/all> of Google Chat.
_MENTION = re.compile(r"[@!<](?=\S)")


@dataclass(frozen=True)
class Alert:
    """What the operator is told: a title and a text for people, and the JSON of a plain webhook."""

    title: str
    text: str
    severity: Severity
    message: webhook.Message


def send(address: str, alert: Alert, sleep: Callable[[float], None] = time.sleep) -> str:
    """Send an alert, and return the name of the service; retry transient errors, up to `webhook.ATTEMPTS` times in all.

    Raises:
        NotDeliveredError: it was not accepted. The text has the reason and never the address.
    """
    service = None if urlsplit(address).scheme == "http" else _service(address)
    if service is None:
        if urlsplit(address).scheme not in ("http", "https"):
            raise webhook.NotDeliveredError(
                "the address is not complete: docs/operations.md#where-alerts-go has the form of each"
            )
        webhook.post(address, alert.message, sleep)
        return "the webhook"
    webhook.retried(sleep, lambda: _notify(service, alert))
    return str(service.service_name)


def _service(address: str) -> "NotifyBase | None":
    """Return the service of an address; None for a plain webhook, or an address that is not complete."""
    import apprise

    # Apprise logs addresses, and so do the libraries below it, when they log what they do.
    log = logging.getLogger("apprise")
    log.propagate, log.level = False, logging.WARNING
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    asset = apprise.AppriseAsset(
        app_id="Tidegauge",
        app_desc="Tidegauge",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        secure_logging=True,
    )
    service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if not isinstance(service, apprise.NotifyBase):
        return None
    is_ours = urlsplit(address).scheme != "https" or set(_names(service)) & set(_BY_WEB_ADDRESS)
    return service if is_ours else None


def _names(service: "NotifyBase") -> tuple[str, ...]:
    names = service.secure_protocol or ()
    return (names,) if isinstance(names, str) else tuple(names)


def _notify(service: "NotifyBase", alert: Alert) -> None:
    reasons = _Reasons()
    log = logging.getLogger("apprise")
    log.addHandler(reasons)
    try:
        accepted = service.notify(title=alert.title, body=_without_mentions(alert.text), notify_type=alert.severity)
    finally:
        log.removeHandler(reasons)
    if accepted:
        return
    if reasons.status is not None and reasons.status < 500 and reasons.status not in (408, 425, 429):
        raise webhook.NotDeliveredError(f"it responded with status {reasons.status}")
    what = f"it responded with status {reasons.status}" if reasons.status else "no connection, or it was not accepted"
    raise webhook.TransientError(what)


def _without_mentions(text: str) -> str:
    """Return a text that calls nobody: figures and errors of services may contain @everyone."""
    text = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT].rstrip()} ..."
    return _MENTION.sub("\\g<0>\u200b", text)


class _Reasons(logging.Handler):
    """Keeps the status of the response out of Apprise's warnings; the rest of them may contain the address."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.status: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Read the status from a warning."""
        if found := _STATUS.search(record.getMessage()):
            self.status = int(found[1])
