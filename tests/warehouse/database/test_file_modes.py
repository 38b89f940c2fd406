"""File permissions: everybody can read the published files; everything else is private to the account."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from assets.resources import run_lock
from pipelines.commands.doctor import readable_by_others
from warehouse.database import connection, schema
from warehouse.database.file_modes import private_folder
from warehouse.release.publish import publish


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_the_published_files_are_for_everybody_and_the_working_ones_for_nobody_else(umask, home):
    now = datetime(2026, 11, 16, tzinfo=UTC)
    with run_lock(home / "working"):
        with connection.writing(home / "working" / "tidegauge.duckdb") as writer:
            schema.prepare(writer, now)
        publish(connection.File(home / "working" / "tidegauge.duckdb"), home / "published", now)
    assert mode(home / "working") == 0o700
    published = [home / "published", *(home / "published").rglob("*")]
    assert len(published) > 10
    for path in published:
        assert mode(path) == (0o755 if path.is_dir() else 0o444), path
    duckdb.connect(str(home / "published" / "tidegauge.duckdb"), read_only=True).close()


def test_a_folder_that_was_open_is_closed_and_its_owners_rights_stay(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    with run_lock(folder):
        assert mode(folder) == 0o700
    folder.chmod(0o555)
    assert mode(private_folder(folder)) == 0o500


def test_a_file_of_keys_that_others_may_read_is_told(tmp_path):
    file = tmp_path / ".env"
    assert readable_by_others(file) is None
    file.write_text("HF_TOKEN=hf_x")
    file.chmod(0o644)
    assert f"chmod 600 {file}" in str(readable_by_others(file))
    file.chmod(0o600)
    assert readable_by_others(file) is None


def test_the_demonstrations_history_is_private(releases):
    assert mode(releases.home / "dagster") == 0o700
    assert mode(releases.home / "working") == 0o700
