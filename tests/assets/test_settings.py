"""Settings are refused where they could give something away."""

import pytest
from pydantic import ValidationError

from assets.settings import Settings

ADDRESSES = [
    str(field.alias) for name, field in Settings.model_fields.items() if name.endswith("_url") and name != "alert_url"
]


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_carries_no_password(name, monkeypatch):
    monkeypatch.setenv(name, "https://example.org/path")
    Settings()
    monkeypatch.setenv(name, "https://someone:secret@example.org")
    with pytest.raises(ValidationError, match="must not carry a user name or a password") as refused:
        Settings()
    assert "secret" not in str(refused.value)
