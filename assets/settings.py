"""Settings of the environment, or of a `.env` file beside it."""

from pathlib import Path
from urllib.parse import urlsplit

from huggingface_hub import constants
from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from assets.http.addresses import is_loopback

CHECKOUT = Path(__file__).resolve().parent.parent
LIVE_HUB = constants.ENDPOINT


class Settings(BaseSettings):
    """Everything that the environment may say; each name is explained in `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=CHECKOUT / ".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    home: Path = Field(default=CHECKOUT / "warehouse", alias="TIDEGAUGE_HOME")
    warehouse: str = Field(default="file", alias="TIDEGAUGE_WAREHOUSE")
    lake_schema: str = Field(default="tidegauge", pattern=r"^[a-z_][a-z0-9_]*$", alias="TIDEGAUGE_LAKE_SCHEMA")
    lake_data: str | None = Field(default=None, alias="TIDEGAUGE_LAKE_DATA")
    workers: int = Field(default=1, ge=1, alias="TIDEGAUGE_WORKERS")
    hub_url: AnyHttpUrl = Field(default=AnyHttpUrl(LIVE_HUB), alias="TIDEGAUGE_HUB_URL")
    reddit_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://www.reddit.com"), alias="TIDEGAUGE_REDDIT_URL")
    arctic_shift_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://arctic-shift.photon-reddit.com"), alias="TIDEGAUGE_ARCTIC_SHIFT_URL"
    )
    discord_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://discord.com"), alias="TIDEGAUGE_DISCORD_URL")
    sec_data_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://data.sec.gov"), alias="TIDEGAUGE_SEC_DATA_URL")
    sec_www_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://www.sec.gov"), alias="TIDEGAUGE_SEC_WWW_URL")
    epoch_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://epoch.ai"), alias="TIDEGAUGE_EPOCH_URL")
    inferencex_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://inferencex.semianalysis.com"), alias="TIDEGAUGE_INFERENCEX_URL"
    )
    replicate_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://api.replicate.com"), alias="TIDEGAUGE_REPLICATE_URL")
    pypistats_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://pypistats.org"), alias="TIDEGAUGE_PYPISTATS_URL")
    docker_hub_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://hub.docker.com"), alias="TIDEGAUGE_DOCKER_HUB_URL")
    github_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://api.github.com"), alias="TIDEGAUGE_GITHUB_URL")
    hf_token: SecretStr | None = Field(default=None, alias="HF_TOKEN", repr=False)
    switched_off: str = Field(default="", alias="TIDEGAUGE_SWITCHED_OFF")
    contact: str | None = Field(default=None, alias="TIDEGAUGE_CONTACT")
    sec_issuers: Path = Field(
        default=CHECKOUT / "warehouse" / "seeds" / "lists" / "sec_issuer.csv", alias="TIDEGAUGE_SEC_ISSUERS"
    )
    reddit_client_id: SecretStr | None = Field(default=None, alias="TIDEGAUGE_REDDIT_CLIENT_ID", repr=False)
    reddit_client_secret: SecretStr | None = Field(default=None, alias="TIDEGAUGE_REDDIT_CLIENT_SECRET", repr=False)
    replicate_token: SecretStr | None = Field(default=None, alias="TIDEGAUGE_REPLICATE_TOKEN", repr=False)
    github_token: SecretStr | None = Field(default=None, alias="TIDEGAUGE_GITHUB_TOKEN", repr=False)
    alert_url: SecretStr | None = Field(default=None, alias="TIDEGAUGE_ALERT_URL", repr=False)
    ui_hosts: str = Field(default="", alias="TIDEGAUGE_UI_HOSTS")

    @field_validator("*")
    @classmethod
    def _without_credentials(cls, value: object) -> object:
        if isinstance(value, AnyHttpUrl) and (value.username or value.password):
            raise ValueError("an address must not carry a user name or a password: it is published with the figures")
        return value

    @field_validator("*")
    @classmethod
    def _fit_for_a_header(cls, value: object) -> object:
        """Refuse what HTTP would: its error quotes the whole header. The line's end that a file of secrets has is taken off."""
        if not isinstance(value, SecretStr):
            return value
        secret = value.get_secret_value().strip()
        if not (secret.isascii() and secret.isprintable()) or " " in secret:
            raise ValueError("expected one word of plain characters, as the service gave it out")
        return SecretStr(secret)

    @field_validator("contact")
    @classmethod
    def _on_one_line(cls, contact: str | None) -> str | None:
        if contact is not None and not (contact.isascii() and contact.isprintable()):
            raise ValueError("expected a name and an e-mail address on one line, in plain letters")
        return contact

    @field_validator("warehouse")
    @classmethod
    def _is_file_or_lake(cls, address: str) -> str:
        if address != "file" and not address.startswith("ducklake:postgres:"):
            raise ValueError("expected ducklake:postgres:dbname=... host=... user=..., or file")
        if "password" in address:
            raise ValueError("an address must not carry a password, which is seen by others: set PGPASSWORD")
        return address

    @model_validator(mode="after")
    def _one_writer_of_a_file(self) -> "Settings":
        if self.workers > 1 and self.warehouse == "file":
            raise ValueError("TIDEGAUGE_WORKERS above 1 needs a lake: a file has one writer at a time (docs/lake.md)")
        return self

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
    def inbox(self) -> Path:
        """The folder that users drop their own benchmark results into."""
        return self.working / "inbox"

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
        return secret_value(self.hf_token)

    @property
    def off(self) -> frozenset[str]:
        """The sources that are switched off on purpose."""
        return _listed(self.switched_off)

    @property
    def further_hosts(self) -> frozenset[str]:
        """The names under which a proxy serves the UI."""
        return _listed(self.ui_hosts)

    @property
    def hub_endpoint(self) -> str:
        """The Hub's base address without a slash at its end."""
        return without_trailing_slash(self.hub_url)


def without_trailing_slash(url: AnyHttpUrl) -> str:
    """Give an address without a slash at its end."""
    return str(url).rstrip("/")


def _listed(names: str) -> frozenset[str]:
    return frozenset(name.strip() for name in names.split(",") if name.strip())


def secret_value(secret: SecretStr | None) -> str | None:
    """Give the text of a secret, for the one service that it is meant for."""
    return secret.get_secret_value() if secret else None
