"""Platforms end to end: collected in weeks of the sandbox, recorded once, and charted by what they count."""

import gzip
import json

import pytest
from collecting import chart, collect, found, point_at
from replay import Replay, Reply

from assets.settings import Settings
from pipelines.commands import doctor
from pipelines.sandbox.server import Sandbox
from warehouse.seeds import lists

SOURCES = ("replicate", "pypistats", "docker_hub", "github")


@pytest.fixture
def sandbox(monkeypatch):
    with Sandbox(models=300) as running:
        point_at(running, monkeypatch)
        yield running


def test_each_platform_is_shown_by_what_it_counts(sandbox):
    for week in (0, 1, 3):
        for source in SOURCES:
            assert collect(source, sandbox, week), source
    query = """
        select platform, metric, kind, count(*), count(growth_pct), count(runs_since_week_before), bool_and(runs > 0)
        from charts.platform_runs
        where model in ('openai/whisper', 'transformers', 'ollama/ollama') group by all order by 2
    """
    # Week 3 follows a gap, so it has no growth. A window shares 23 of 30 days with the one before, so it has none either.
    assert chart("charts.platform_runs", query, sandbox) == [
        ("Docker Hub", "docker_hub_pulls", "cumulative", 3, 1, 1, True),
        ("GitHub", "github_contributors", "level", 3, 1, 0, True),
        ("GitHub", "github_stars", "level", 3, 1, 0, True),
        ("PyPI", "pypi_downloads_30d", "window_30d", 3, 0, 0, True),
        ("Replicate", "replicate_runs", "cumulative", 3, 1, 1, True),
    ]
    flags = "select distinct growth_flag from charts.platform_runs where metric = 'pypi_downloads_30d'"
    assert set(found(flags)) == {(None,), ("overlapping_windows",)}
    runs = "select runs from charts.platform_runs where model = 'openai/whisper' order by period_start"
    added = "select max(runs_since_week_before) from charts.platform_runs where model = 'openai/whisper'"
    (first,), (second,), _ = found(runs)
    assert found(added) == [(second - first,)]


@pytest.mark.parametrize("source", SOURCES)
def test_collecting_twice_counts_once(sandbox, source):
    first, second = collect(source, sandbox, 0), collect(source, sandbox, 0, now="2026-09-02T06:00:00+00:00")
    assert first is not None
    assert second is not None
    assert first["new_or_changed"] == first["figures"] > 0
    assert second["new_or_changed"] == 0


@pytest.mark.parametrize("source", SOURCES)
def test_the_old_rows_stay_when_a_service_responds_with_something_else(sandbox, source, monkeypatch):
    assert collect(source, sandbox, 0)
    before = found("select * from core.observation order by all")
    setting = f"TIDEGAUGE_{source.upper()}_URL"
    with Replay([], before=lambda n, path: Reply(b'{"message": "hello"}')) as replay:
        monkeypatch.setenv(setting, replay.url)
        assert collect(source, sandbox, 1) is None
    assert found("select * from core.observation order by all") == before
    ((reason,),) = found("select reason from meta.collection where status = 'failed'")
    assert "missing required field" in reason


def test_without_a_token_replicate_is_skipped_and_github_is_not(sandbox, monkeypatch):
    monkeypatch.delenv("TIDEGAUGE_REPLICATE_TOKEN")
    monkeypatch.delenv("TIDEGAUGE_GITHUB_TOKEN")
    skipped = collect("replicate", sandbox, 0)
    assert skipped is not None
    assert "TIDEGAUGE_REPLICATE_TOKEN" in skipped["skipped"]
    shown = collect("github", sandbox, 0)
    assert shown is not None
    assert shown["requests"] <= 30
    assert not any(seen.had_authorization for seen in sandbox.requests)


def test_what_is_gone_is_reported_and_the_others_are_recorded(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "pypi_packages", lambda: ["no-such-package", "torch"])
    shown = collect("pypistats", sandbox, 0)
    assert shown is not None
    assert "no-such-package: there is no such package" in shown["set aside"]
    assert found("select entity from core.observation") == [("torch",)]


def test_a_project_that_moved_and_one_too_large_to_count(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "github_projects", lambda: ["ggerganov/llama.cpp", "torvalds/linux"])
    shown = collect("github", sandbox, 0)
    assert shown is not None
    assert "contributors of torvalds/linux: GitHub does not count them" in shown["not recorded"]
    assert found("select metric, entity, attributes['present_name'] from core.observation order by all") == [
        ("github_contributors", "ggerganov/llama.cpp", "ggml-org/llama.cpp"),
        ("github_stars", "ggerganov/llama.cpp", "ggml-org/llama.cpp"),
        ("github_stars", "torvalds/linux", None),
    ]


def test_contributors_are_requested_again_because_only_a_header_has_them(sandbox, home, monkeypatch):
    monkeypatch.setattr(lists, "github_projects", lambda: ["huggingface/transformers"])
    for week in (0, 1):
        assert collect("github", sandbox, week)
    counted = "select value from core.observation where metric = 'github_contributors' order by period_start"
    (before,), (after,) = found(counted)
    assert after > before
    # The body is the same in both weeks; the header with the number is stored with it.
    for folder in (home / "working" / "landing" / "github").glob("*/collection-001"):
        lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
        assert lines[1]["link"].endswith('rel="last"')
        assert json.loads(gzip.decompress((folder / lines[1]["file"]).read_bytes()))[0]["login"] == "made-up"


def test_an_unchanged_project_is_not_sent_again(sandbox, monkeypatch):
    monkeypatch.setattr(lists, "github_projects", lambda: ["huggingface/transformers"])
    for _ in range(2):
        assert collect("github", sandbox, 0)
    statuses = [seen.status for seen in sandbox.requests if seen.path.endswith("/huggingface/transformers")]
    assert statuses == [200, 304]


def test_the_doctor_finds_that_every_service_works(sandbox):
    findings = {finding.service: finding for finding in doctor.run_probes(Settings())}
    assert findings.keys() >= {*SOURCES, "reddit", "arctic_shift", "discord", "hub_organisations"}
    assert [finding for finding in findings.values() if not finding.works] == []


def test_the_doctor_reports_what_lacks_a_key_and_what_is_not_there(sandbox, monkeypatch):
    monkeypatch.delenv("TIDEGAUGE_REPLICATE_TOKEN")
    monkeypatch.delenv("TIDEGAUGE_REDDIT_CLIENT_ID")
    monkeypatch.setenv("TIDEGAUGE_PYPISTATS_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TIDEGAUGE_GITHUB_URL", sandbox.url + "/github/nothing")
    findings = {finding.service: finding for finding in doctor.run_probes(Settings())}
    assert "needs a key: set TIDEGAUGE_REPLICATE_TOKEN" in findings["replicate"].verdict
    assert "needs a key: set TIDEGAUGE_REDDIT_CLIENT_ID" in findings["reddit"].verdict
    assert not findings["pypistats"].works
    assert "works, but" in findings["github"].verdict
