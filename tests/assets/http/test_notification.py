"""Alerts in the form of each service, as it accepts them; and addresses that may contain a key are never shown."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from receivers import SECRET, Receivers, mail_server, make_authority, receiving

from assets.http import environment, webhook
from assets.http.notification import Alert, send
from assets.settings import Settings

ALERT = Alert(
    "Tidegauge: a run failed",
    "weekly_refresh failed.\nhub__walk: status 500 <b> & @everyone <!channel> !here| <@&4711> <users/all> "
    + "x" * 3000,
    "failure",
    {"event": "run_failed/1", "kind": "run_failed", "statement": "failed", "recorded_at": "2026", "origin": "live"},
)
ADDRESSES = {
    "Slack": f"https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/{SECRET[:24]}",
    "Discord": f"https://discord.com/api/webhooks/4174216298/{SECRET}",
    "Google Chat": f"https://chat.googleapis.com/v1/spaces/AAAAx/messages?key={SECRET}&token={SECRET}",
    "Power Automate / Workflows (for MSTeams)": (
        f"https://prod-15.uksouth.logic.azure.com:443/workflows/{SECRET}/triggers/manual/paths/invoke"
        f"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SECRET}"
    ),
    "Mattermost": f"mmosts://mattermost.example.org/{SECRET}",
    "the webhook": f"https://example.org/{SECRET}",
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def services(authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Receivers]:
    """Yield the services, reached at their own addresses."""
    for name in (*environment.CA_BUNDLES, "http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with receiving(authority[1]) as (receivers, proxy):
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority[0]))
        yield receivers


@pytest.mark.parametrize("service", ADDRESSES)
def test_each_service_accepts_its_form(services, monkeypatch, service):
    monkeypatch.setenv("TIDEGAUGE_ALERT_URL", ADDRESSES[service])
    address = Settings().alert_url
    assert address is not None
    assert send(address.get_secret_value(), ALERT) == service
    ((_, sent, status),) = services.requests
    assert 200 <= status < 300
    if service == "the webhook":
        assert sent == ALERT.message
    else:
        assert "a run failed" in str(sent)
        assert "hub__walk: status 500" in str(sent)
        called = ("@everyone", "!channel", "!here", "@&4711", "<users/all>", "&lt;users/all")
        assert not [word for word in called if word in str(sent)], "an error of a service calls nobody"


def test_a_mail_arrives(monkeypatch):
    with mail_server() as (messages, port):
        address = f"mailto://127.0.0.1:{port}?from=tide@example.org&to=operator@example.org"
        monkeypatch.setenv("TIDEGAUGE_ALERT_URL", address)
        assert send(str(Settings().alert_url and address), ALERT) == "E-Mail"
    (message,) = messages
    assert message["Subject"] == ALERT.title
    assert "operator@example.org" in message["To"]
    assert "hub__walk: status 500" in str(message)


@pytest.mark.parametrize(
    ("service", "status", "asked"),
    [*((service, 403, 1) for service in ADDRESSES), ("Slack", 307, 1), ("Mattermost", 307, 1), ("Slack", 503, 3)],
)
def test_a_refusal_is_said_without_the_address(services, caplog, service, status, asked):
    caplog.set_level(logging.DEBUG)
    services.down = [status] * asked
    waits: list[float] = []
    with pytest.raises(webhook.NotDeliveredError, match=f"status {status}") as error:
        send(ADDRESSES[service], ALERT, sleep=waits.append)
    assert len(services.requests) == asked
    assert {host for host, _, _ in services.requests} == {services.requests[0][0]}, "no redirect is followed"
    shown = f"{error.value!r} {error.value.__cause__!r} {caplog.text}"
    assert SECRET[:24] not in shown


def test_an_address_that_is_not_complete_says_where_its_form_is():
    with pytest.raises(webhook.NotDeliveredError, match="where-alerts-go"):
        send(f"mmosts:///{SECRET}", ALERT)


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        (f"slack://T1JJ3T3L2/A1BRTD4JD/{SECRET}", True),
        (f"mailtos://user:{SECRET}@smtp.example.org?to=me@example.org", True),
        ("mailto://localhost?from=a@example.org&to=b@example.org", True),
        (f"mailto://user:{SECRET}@smtp.example.org", False),
        (f"mailto://localhost?from=a@example.org&smtp=smtp.example.org&key={SECRET}", False),
        (f"mailtos://user:{SECRET}@smtp.example.org?to=me@example.org&Mode=INSECURE", False),
        (f"mailtos://user:{SECRET}@example.org?to=me@example.org&smtp=smtp.example.org", True),
        (f"mmost://mattermost.example.org/{SECRET}", False),
        (f"json://example.org/{SECRET}", False),
        (f"syslog://{SECRET}", False),
    ],
)
def test_an_alert_is_encrypted_or_stays_on_this_machine(monkeypatch, address, fits):
    monkeypatch.setenv("TIDEGAUGE_ALERT_URL", address)
    if fits:
        assert SECRET not in repr(Settings())
        return
    with pytest.raises(ValueError, match="expected an https address") as error:
        Settings()
    assert SECRET not in str(error.value)
