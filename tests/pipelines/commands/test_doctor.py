"""The doctor reports what is wrong with a service, and who has to act."""

import pytest
from collecting import collect, point_at
from replay import Replay, Reply, model

from assets.declared_sources import COLLECTED
from assets.settings import Settings
from pipelines.commands import doctor
from pipelines.sandbox.server import Sandbox, present_week


@pytest.mark.parametrize(
    ("reply", "works", "verdict"),
    [
        (Reply(b"[%s]" % b'{"_id":"65920080000000000000000a","id":"a/b"}'), True, "works, with a token"),
        (Reply(b"no", 401), False, "the key in HF_TOKEN is rejected"),
        (Reply(b"slow", 429), False, "the quota of this window is used up"),
        (Reply(b"oh", 503), False, "unreachable"),
        (Reply(b"<html>", 200, {"Content-Type": "text/html"}), False, "unreachable"),
        (Reply(b"{}"), False, "a list of records"),
        (Reply(b"[]"), False, "a list of records"),
        (Reply(b'[{"_id":"65920080000000000000000a","id":"a/b","downloads":"12"}]'), False, "field downloads"),
        (Reply(b'[{"name":"a/b"}]'), False, "field _id"),
        (Reply(b"not json"), False, "no longer fits"),
    ],
    ids=lambda value: getattr(value, "body", b"").decode() or None,
)
def test_each_response_has_its_verdict(monkeypatch, reply, works, verdict):
    with Replay([[model(1)]], before=lambda number, path: reply) as service:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", service.url)
        finding = doctor.run_probes(Settings())[0]
    assert finding.works == works
    assert verdict in finding.verdict
    assert "hf_of_a_test" not in finding.verdict


def test_a_closed_port_is_reported_in_one_line(monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_HUB_URL", "http://127.0.0.1:9")
    finding = doctor.run_probes(Settings())[0]
    assert "refused" in finding.verdict
    assert "expand" not in finding.verdict
    assert "\n" not in finding.verdict


def test_what_is_switched_off_is_left_out_and_what_lacks_its_key_is_said_to_be_skipped(monkeypatch):
    with Sandbox(models=100) as sandbox:
        for name, address in sandbox.addresses.items():
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "discord, pypistats")
        found = {finding.service: finding for finding in doctor.run_probes(Settings())}
        asked = {seen.path.split("/")[1] for seen in sandbox.requests}
    assert not {"discord", "pypistats"} & (found.keys() | asked)
    assert all(finding.works for finding in found.values())
    skipped = {name for name, finding in found.items() if finding.verdict.startswith("skipped, ")}
    assert skipped == {"reddit", "replicate", "sec_form_d"}
    assert "TIDEGAUGE_REPLICATE_TOKEN" in found["replicate"].verdict
    assert "TIDEGAUGE_CONTACT" in found["sec_form_d"].verdict


@pytest.mark.parametrize("name", [name for name, source in sorted(COLLECTED.items()) if source.probe])
def test_a_probe_requests_only_what_the_refresh_requests(monkeypatch, name):
    probe = COLLECTED[name].probe
    assert probe is not None
    with Sandbox(models=100) as sandbox:
        point_at(sandbox, monkeypatch)
        assert collect(name, sandbox, present_week()) is not None
        collected = {seen.path for seen in sandbox.requests}
        sandbox.requests.clear()
        probe(Settings())
        probed = {seen.path for seen in sandbox.requests}
    assert probed
    assert probed <= collected
