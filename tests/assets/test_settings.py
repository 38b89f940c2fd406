"""Settings: values that could leak are rejected, and every setting of a service follows from its declaration."""

import os
import re
import stat
from pathlib import Path

import duckdb
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from assets.declared_sources import ADDRESSES, KEYS
from assets.env_example import env_example
from assets.settings import CHECKOUT, ServiceAddress, ServiceKey, Settings, unknown_settings
from pipelines.commands.app import app
from pipelines.console import ExitCode
from warehouse.database.file_modes import public_folder


@pytest.mark.parametrize("name", [address.setting for address in ADDRESSES])
def test_an_address_carries_no_password(name, monkeypatch):
    monkeypatch.setenv(name, "https://example.org/path")
    Settings()
    monkeypatch.setenv(name, "https://someone:secret@example.org")
    with pytest.raises(ValidationError, match="must not carry a user name or a password") as refused:
        Settings()
    assert "secret" not in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize("wrong", ["notaurl", "ftp://example.org"])
def test_an_address_is_one_of_http(wrong, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_GITHUB_URL", wrong)
    with pytest.raises(ValidationError, match="TIDEGAUGE_GITHUB_URL"):
        Settings()


def test_a_service_has_its_default_and_the_environment_replaces_it(monkeypatch):
    for address in ADDRESSES:
        monkeypatch.delenv(address.setting)
        assert Settings().address(address) == address.default
        monkeypatch.setenv(address.setting, "")
        assert Settings().address(address) == address.default
        monkeypatch.setenv(address.setting, "http://127.0.0.1:9/below/")
        assert Settings().address(address) == "http://127.0.0.1:9/below"
    for key in KEYS:
        assert Settings().key(key) is None
        monkeypatch.setenv(key.setting, "hush")
        assert Settings().key(key) == "hush"


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    address, key = ADDRESSES[0], KEYS[0]
    file = tmp_path / ".env"
    file.write_text(f"{address.setting}=https://file.example\n{key.setting}=of_the_file\n", encoding="utf-8")
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    monkeypatch.delenv(address.setting)
    assert (Settings().address(address), Settings().key(key)) == ("https://file.example", "of_the_file")
    monkeypatch.setenv(address.setting, "https://environment.example")
    assert Settings().address(address) == "https://environment.example"


def test_a_setting_of_a_service_is_named_by_a_rule():
    with pytest.raises(ValueError, match="_URL"):
        ServiceAddress("TIDEGAUGE_GITHUB", "https://api.github.com")
    with pytest.raises(ValueError, match="_TOKEN"):
        ServiceKey("GITHUB_TOKEN", "")


def test_the_names_of_the_settings_stay_as_promised():
    services = ("ARCTIC_SHIFT", "DISCORD", "DOCKER_HUB", "EPOCH", "GITHUB", "HUB", "INFERENCEX", "PYPISTATS", "REDDIT")
    names = {
        f"TIDEGAUGE_{name}_URL"
        for name in (*services, "OPENROUTER", "REPLICATE", "SEC_DATA", "SEC_DATA_SETS", "SEC_WWW")
    }
    assert {address.setting for address in ADDRESSES} == names
    assert {key.setting.removeprefix("TIDEGAUGE_") for key in KEYS} == {
        "GITHUB_TOKEN", "REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET", "REPLICATE_TOKEN",
    }  # fmt: skip


def test_the_example_file_follows_from_the_declarations():
    written = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    assert written == env_example(), "rebuild it: python -m assets.env_example > .env.example"
    assert all(f"{field.alias}=" in written for field in Settings.model_fields.values() if field.description)


# Paths.


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a `.env` in a folder that is not the present one; the environment has no path."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.setitem(Settings.model_config, "env_file", folder / ".env")
    monkeypatch.delenv("TIDEGAUGE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.chdir(tmp_path)
    return folder / ".env"


@pytest.mark.parametrize("written", ["~/tide", "$HOME/tide", "${HOME}/tide"])
def test_the_home_of_a_user_is_expanded_wherever_it_is_written(env_file, tmp_path, monkeypatch, written):
    env_file.write_text(f"TIDEGAUGE_HOME={written}\nTIDEGAUGE_SEC_ISSUERS='{written}.csv'\n", encoding="utf-8")
    assert Settings().home == tmp_path / "me" / "tide"
    assert Settings().sec_issuers == tmp_path / "me" / "tide.csv"
    monkeypatch.setenv("TIDEGAUGE_HOME", written)
    monkeypatch.setenv("TIDEGAUGE_LAKE_DATA", written)
    monkeypatch.setenv("TIDEGAUGE_PUSH_TO", f"{written}-www")
    assert Settings().home == tmp_path / "me" / "tide"
    assert Settings().lake_data == str(tmp_path / "me" / "tide")
    assert str(Settings().push_address) == str(tmp_path / "me" / "tide-www")


def test_a_release_is_not_pushed_into_the_home_nor_where_the_environment_says_none(env_file, tmp_path, monkeypatch):
    env_file.write_text(f"TIDEGAUGE_HOME={tmp_path}\nTIDEGAUGE_PUSH_TO={tmp_path}/published\n", encoding="utf-8")
    with pytest.raises(ValidationError, match=r"TIDEGAUGE_PUSH_TO: .*/published belongs to the warehouse"):
        Settings()
    monkeypatch.setenv("TIDEGAUGE_PUSH_TO", "none")
    assert Settings().push_address is None


def test_an_address_that_is_refused_is_not_repeated():
    result = CliRunner().invoke(app, ["push", "s3://AKIAKEY:hush@bucket/tide"])
    assert result.exit_code == ExitCode.WRONG_USAGE
    assert "expected hf://datasets/ORG/NAME" in result.output
    assert "hush" not in result.output


def test_a_path_that_duckdb_misreads_is_refused(tmp_path, monkeypatch):
    """DuckDB 1.5.5 takes a question mark for that of a URL: where that is no longer so, the refusal can go."""
    folder = tmp_path / "what?" / "home"
    folder.mkdir(parents=True)
    with pytest.raises(duckdb.Error, match=r"what\.wal\?/home"), duckdb.connect(str(folder / "w.duckdb")) as connection:
        connection.execute("create table one (n integer)")
    monkeypatch.setenv("TIDEGAUGE_HOME", str(folder))
    with pytest.raises(ValidationError, match="a path with a question mark cannot be used"):
        Settings()


def test_a_relative_path_is_relative_to_the_file_that_has_it(env_file, tmp_path, monkeypatch):
    env_file.write_text("TIDEGAUGE_HOME=data\nTIDEGAUGE_SEC_ISSUERS=../issuers.csv\n", encoding="utf-8")
    assert Settings().home == env_file.parent / "data"
    assert Settings().sec_issuers == env_file.parent / "../issuers.csv"
    monkeypatch.setenv("TIDEGAUGE_HOME", "data")
    assert Settings().home == tmp_path / "data", "in the environment, to the folder of the command"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_mark_at_the_beginning_of_the_file_hides_no_setting(env_file, encoding):
    env_file.write_text("TIDEGAUGE_CONTACT=Jane Doe jane@example.org\n", encoding=encoding)
    assert Settings().contact == "Jane Doe jane@example.org"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_in_another_encoding_is_told(env_file, encoding):
    env_file.write_text("# Übersicht\nTIDEGAUGE_HOME=data\n", encoding=encoding)
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == ExitCode.WRONG_USAGE
    said = " ".join(result.output.split())
    assert "is not written in UTF-8" in said
    assert "To do: save it as UTF-8" in said


def test_a_name_that_is_no_setting_is_told_with_the_nearest(env_file):
    env_file.write_text("TIDEGAUGE_HOEM=/data\nTIDEGAUGE_CONTACT=Jane\nOTHER_NAME=1\n", encoding="utf-8")
    told = unknown_settings(
        {"TIDEGAUGE_ALERTS_URL": "https://x/secret", "TIDEGAUGE_HUB_URL": "https://example.org", "PATH": ""}
    )
    assert [line.partition(" is no setting, and is ignored; ")[::2] for line in told] == [
        ("TIDEGAUGE_ALERTS_URL", "TIDEGAUGE_ALERT_URL is the nearest; docs/settings.md lists all of them"),
        ("TIDEGAUGE_HOEM", "TIDEGAUGE_HOME is the nearest; docs/settings.md lists all of them"),
    ]
    said = " ".join(CliRunner().invoke(app, ["status"]).output.split())
    assert "TIDEGAUGE_HOEM is no setting" in said


def test_no_setting_of_ours_is_unknown(env_file):
    assert unknown_settings(dict.fromkeys(re.findall(r"^# (\w+)=", env_example(), re.MULTILINE), "x")) == []


@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_others_reach_the_published_folder_and_nothing_else_whatever_the_umask_is(tmp_path, monkeypatch, umask):
    home = tmp_path / "below" / "home"
    monkeypatch.setenv("TIDEGAUGE_HOME", str(home))
    before = os.umask(umask)
    try:
        CliRunner().invoke(app, ["status"])
        public_folder(home / "published" / "parquet" / "core.model_week.parquet")
    finally:
        os.umask(before)
    for folder in (home.parent, home, *(home / "published").rglob("*"), home / "published"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755, folder
    assert stat.S_IMODE((home / "working").stat().st_mode) == 0o700
