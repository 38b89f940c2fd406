"""`tidegauge status`: what is published, how fresh it is, what is stale, when the next refresh is due."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.status import Stale, Status, look, next_refresh
from warehouse import schema
from warehouse.connection import writing

MONDAY = datetime(2026, 11, 16, 6, tzinfo=UTC)


def test_a_fresh_release_is_well(demo_release, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_HOME", str(demo_release.parent.parent))
    result = CliRunner().invoke(app, ["status", "--demo"])
    assert result.exit_code == 0, result.output
    assert "release   3 of 2026-09-14" in result.output
    assert "made up by the sandbox" in result.output
    found = look(demo_release)
    assert found is not None
    assert found.stale == ()
    assert f"sources   {found.sources} of {found.sources} are fresh" in result.output


def test_without_a_release_it_says_what_to_do():
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 1
    assert "there is no release" in result.output
    assert "To do: tidegauge refresh" in " ".join(result.output.split())


def test_a_file_that_cannot_be_read_is_told_in_plain_words(home):
    (home / "published").mkdir(parents=True)
    (home / "published" / "tidegauge.duckdb").write_bytes(b"no database")
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 1
    assert "cannot be read" in result.output
    assert not isinstance(result.exception, duckdb.Error)


def test_what_is_stale_or_old_is_missing(home):
    (home / "published").mkdir(parents=True)
    with writing(home / "published" / "tidegauge.duckdb") as connection:
        schema.prepare(connection, MONDAY)
        connection.execute("insert into meta.release values (7, ?, 9, 1, map {})", [MONDAY])
        connection.execute(
            "insert into meta.collection by name select '1' as run_id, 'discord' as source, date '2026-11-16' as week, "
            "?::timestamptz as started_at, started_at as finished_at, 'failed' as status, 'it was down' as reason",
            [MONDAY],
        )
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 3
    assert "discord: collected whole never; last attempt failed: it was down" in " ".join(result.output.split())


@pytest.mark.parametrize(("days", "is_old"), [(7.9, False), (8.1, True)])
def test_a_release_is_old_after_eight_days(days, is_old, tmp_path):
    status = Status(1, MONDAY, 1, "live", tmp_path, 1, (Stale("discord", 9.25, "failed", None),))
    now = MONDAY + timedelta(days=days)
    assert status.is_old(now) is is_old
    lines = list(status.lines(now))
    assert ("overdue" in lines[1]) is is_old
    assert lines[3] == "stale     discord: collected whole 9.2 days before the release; last attempt failed"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (MONDAY - timedelta(seconds=1), MONDAY),
        (MONDAY, MONDAY + timedelta(days=7)),
        (MONDAY + timedelta(days=6, hours=20), MONDAY + timedelta(days=7)),
    ],
)
def test_the_next_refresh_is_on_monday(now, then):
    assert next_refresh(now) == then
