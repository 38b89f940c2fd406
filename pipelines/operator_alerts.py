"""What the operator is told of runs: one that failed, died or published without a source, and a refresh that is overdue.

A command tells of its own run. The sensors of `tidegauge ui` (`sensors.py`) tell of the runs that the daemon started, and
of those whose process died. Alerts go to TIDEGAUGE_ALERT_URL, pings to TIDEGAUGE_HEARTBEAT_URL.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
import duckdb

from assets.http import webhook
from assets.http.addresses import is_loopback
from assets.http.notification import Alert, Severity
from assets.http.webhook import NotDeliveredError
from assets.resources import Receiver
from assets.settings import Settings, secret_value
from assets.weeks import monday
from pipelines.console import ExitCode
from pipelines.outcome import Outcome, is_skipped
from pipelines.status import STALE_AFTER, read_status
from warehouse.release.alerts import Event

# What each kind is called in a title. docs/operations.md has a section for each.
KINDS = {
    "run_failed": "a run failed",
    "source_missing": "published without a source",
    "run_died": "a run was killed",
    "refresh_overdue": "no refresh for eight days",
}
_PAGE = "docs/operations.md"
_TO_DO = f"Kept: the last release, and the responses stored so far. To do: {_PAGE}"
# A reason of a failed step may be long; the run's log has all of it.
_LONGEST_REASON = 400


@dataclass(frozen=True)
class Operator:
    """Whom to tell; each method returns what could not be delivered, in words."""

    settings: Settings

    def started(self) -> list[str]:
        """Tell the heartbeat that the weekly refresh has begun."""
        return self._ping("start", "")

    def ended(self, outcome: Outcome, job: str, run_id: str) -> list[str]:
        """Tell how a run ended: an alert unless all is well, and for the weekly refresh a ping."""
        alert = _of_outcome(outcome, job)
        sent = [] if alert is None else self._send(*alert, run_id)
        if job != "weekly_refresh":
            return sent
        text = alert[1] if alert else "published; no source is missing"
        # A release without one source is a release: what watches for no refresh need not wake anybody.
        return sent + self._ping("fail" if outcome.exit_code == ExitCode.NOTHING_PUBLISHED else "", text)

    def failed(self, reason: str) -> list[str]:
        """Tell that the weekly refresh ended before it had a run, or outside of it."""
        text = f"The weekly refresh failed: {reason} {_TO_DO}#run_failed"
        return self._send("run_failed", text, "") + self._ping("fail", text)

    def died(self, run: dg.DagsterRun) -> list[str]:
        """Tell of a run whose process ended without a word."""
        text = (
            f"The process of run {run.run_id[:8]} ({run.job_name}) was killed before the run ended. Kept: the last release, "
            f"and the responses stored so far. To do: tidegauge refresh, which continues; {_PAGE}#run_died"
        )
        return self._send("run_died", text, run.run_id) + self._ping("fail", text)

    def overdue(self, published_at: datetime, now: datetime) -> list[str]:
        """Tell that the newest release is older than eight days."""
        text = (
            f"The last release is of {published_at:%Y-%m-%d %H:%M} UTC, {(now - published_at).days} days ago. Kept: that "
            f"release. To do: tidegauge status; {_PAGE}#refresh_overdue"
        )
        return self._send("refresh_overdue", text, "")

    def test(self) -> dict[str, str | None]:
        """Send a test to each receiver that is set; return by setting why it was not accepted, or None."""
        results: dict[str, str | None] = {}
        if self.settings.alert_url is not None:
            text = "This is a test of `tidegauge alert test`: alerts arrive here."
            results["TIDEGAUGE_ALERT_URL"] = Receiver().send(_alert("test", "a test", text, "", "live"))
        if (address := secret_value(self.settings.heartbeat_url)) is not None:
            results["TIDEGAUGE_HEARTBEAT_URL"] = _not_pinged(address, "log", "a test of `tidegauge alert test`")
        return results

    def _send(self, kind: str, text: str, run_id: str) -> list[str]:
        receiver, origin = Receiver(), _origin(self.settings)
        if not receiver.wants(origin):
            return []
        refused = receiver.send(_alert(kind, KINDS[kind], text, run_id, origin))
        return [] if refused is None else [f"TIDEGAUGE_ALERT_URL did not accept an alert: {refused}"]

    def _ping(self, signal: str, text: str) -> list[str]:
        address = secret_value(self.settings.heartbeat_url)
        if address is None or not (_origin(self.settings) == "live" or is_loopback(address)):
            return []
        refused = _not_pinged(address, signal, text)
        return [] if refused is None else [f"TIDEGAUGE_HEARTBEAT_URL did not accept a ping: {refused}"]


def _not_pinged(address: str, signal: str, text: str) -> str | None:
    try:
        webhook.ping(address, signal, text)
    except NotDeliveredError as error:
        return str(error)
    return None


def release_overdue(settings: Settings, now: datetime) -> datetime | None:
    """Return the time of the newest release if it is older than eight days; None also if there is no release yet."""
    status = read_status(settings.published)
    return status.published_at if status and now - status.published_at > STALE_AFTER else None


def _of_outcome(outcome: Outcome, job: str) -> tuple[str, str] | None:
    """Return the kind and the text of the alert about a run; None if all is well."""
    reasons = [
        f"{step}: {reason[:_LONGEST_REASON]}" for step, reason in outcome.failures.items() if not is_skipped(reason)
    ]
    if outcome.exit_code == ExitCode.WELL:
        return None
    if outcome.exit_code == ExitCode.SOURCE_MISSING:
        return "source_missing", (
            "The release is published, without the sources below. Kept: their earlier figures, with their dates. "
            f"To do: {_PAGE}#source_missing\n" + "\n".join(reasons)
        )
    why = [outcome.offline] if outcome.offline else reasons
    return "run_failed", f"{job} failed; nothing was published. {_TO_DO}#run_failed\n" + "\n".join(why)


def _alert(kind: str, title: str, text: str, run_id: str, origin: str) -> Alert:
    """Return an alert about a run; its JSON has the names of an event's, as far as they apply."""
    now = datetime.now(UTC)
    message = dict.fromkeys(Event.__dataclass_fields__) | {
        "event": f"{kind}/{run_id or now.isoformat()}",
        "kind": kind,
        "source": "tidegauge",
        "period_start": monday(now).isoformat(),
        "statement": text,
        "recorded_at": now.isoformat(),
        "origin": origin,
        "run_id": run_id or None,
    }
    severity: Severity = "info" if kind == "test" else "warning" if kind == "source_missing" else "failure"
    return Alert(f"Tidegauge: {title}", text, severity, message)


def _origin(settings: Settings) -> str:
    """Return the origin of the figures, live or sandbox: that of the release, or before the first that of the Hub's address."""
    try:
        status = read_status(settings.published)
    except duckdb.Error:  # a damaged release is no reason to stay silent
        status = None
    if status is not None:
        return status.origin
    return "sandbox" if is_loopback(settings.hub_endpoint) else "live"
