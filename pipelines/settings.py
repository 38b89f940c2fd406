"""Settings of the environment, or of a `.env` file beside it."""

from pathlib import Path
from urllib.parse import urlsplit

from huggingface_hub import constants
from pydantic import AnyHttpUrl, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines.webhook import is_loopback

CHECKOUT = Path(__file__).resolve().parent.parent
LIVE_HUB = constants.ENDPOINT


class Settings(BaseSettings):
    """Everything that the environment may say; each name is explained in `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=CHECKOUT / ".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    home: Path = Field(default=CHECKOUT / "warehouse", alias="TIDEGAUGE_HOME")
    hub_url: AnyHttpUrl = Field(default=AnyHttpUrl(LIVE_HUB), alias="TIDEGAUGE_HUB_URL")
    hf_token: SecretStr | None = Field(default=None, alias="HF_TOKEN", repr=False)
    alert_url: SecretStr | None = Field(default=None, alias="TIDEGAUGE_ALERT_URL", repr=False)

    @field_validator("hub_url")
    @classmethod
    def _without_credentials(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        if url.username or url.password:
            raise ValueError("an address must not carry a user name or a password: it is published with the figures")
        return url

    @field_validator("alert_url")
    @classmethod
    def _not_in_the_open(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            address = urlsplit(url.get_secret_value())
            if not address.hostname or not (
                address.scheme == "https" or (address.scheme == "http" and is_loopback(url.get_secret_value()))
            ):
                raise ValueError("expected an https address, or an http address of this machine")
        return url

    @property
    def working(self) -> Path:
        """The folder of the working database and of the landed answers."""
        return self.home.absolute() / "working"

    @property
    def published(self) -> Path:
        """The folder that others read."""
        return self.home.absolute() / "published"

    @property
    def database(self) -> Path:
        """The working database; only the pipeline opens it."""
        return self.working / "tidegauge.duckdb"

    @property
    def token(self) -> str | None:
        """The Hub token, to be sent to the Hub alone."""
        return self.hf_token.get_secret_value() if self.hf_token else None

    @property
    def hub_endpoint(self) -> str:
        """The Hub's base address without a slash at its end."""
        return str(self.hub_url).rstrip("/")
