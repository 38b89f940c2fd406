"""Settings: values that could leak are rejected, and every setting of a service follows from its declaration."""

import pytest
from pydantic import ValidationError

from assets.declared_sources import ADDRESSES, KEYS
from assets.env_example import env_example
from assets.settings import CHECKOUT, ServiceAddress, ServiceKey, Settings


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
