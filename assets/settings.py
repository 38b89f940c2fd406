"""Settings of the process: environment variables, and a `.env` file in the checkout. The environment wins.

A field here is a setting that concerns the whole. What a single service needs is declared with its source: the address
in a `ServiceAddress`, each key in a `ServiceKey`. The settings hold whatever the environment names of that kind, validated
at start-up like every field, so that nothing here has to know (or import) the clients.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from dotenv import dotenv_values
from huggingface_hub import constants
from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from assets.http.addresses import takes_alerts
from assets.push_address import PushAddress, is_below, push_address

CHECKOUT = Path(__file__).resolve().parent.parent
LIVE_HUB = constants.ENDPOINT
PREFIX = "TIDEGAUGE_"
_PATHS = ("TIDEGAUGE_HOME", "TIDEGAUGE_SEC_ISSUERS")
_NAME = re.compile(r"^# (\w+)=", re.MULTILINE)
# In the environment it overrides an address in `.env`, which an empty variable does not.
NOT_PUSHED = "none"
KEY_SUFFIXES = ("_TOKEN", "_KEY", "_ID", "_SECRET")


@dataclass(frozen=True)
class ServiceAddress:
    """Base address of a service: the setting that replaces it, TIDEGAUGE_<NAME>_URL, and its default."""

    setting: str
    default: str

    def __post_init__(self) -> None:
        if not (self.setting.startswith(PREFIX) and self.setting.endswith("_URL")):
            raise ValueError(f"{self.setting}: expected a name as {PREFIX}<NAME>_URL")


@dataclass(frozen=True)
class ServiceKey:
    """Key of a service: the setting that holds it, and a sentence that says how to get one and what happens without it."""

    setting: str
    explanation: str

    def __post_init__(self) -> None:
        if not (self.setting.startswith(PREFIX) and self.setting.endswith(KEY_SUFFIXES)):
            raise ValueError(f"{self.setting}: expected a name as {PREFIX}<NAME> with one of {', '.join(KEY_SUFFIXES)}")


HUB = ServiceAddress("TIDEGAUGE_HUB_URL", LIVE_HUB)


def _without_credentials(url: AnyHttpUrl) -> AnyHttpUrl:
    if url.username or url.password:
        raise ValueError("an address must not carry a user name or a password: it is published with the figures")
    return url


def _fit_for_a_header(secret: SecretStr) -> SecretStr:
    """Return a secret without the line break that a file of secrets ends with.

    HTTP libraries reject the same values, but quote the whole header in their error.
    """
    word = secret.get_secret_value().strip()
    if not (word.isascii() and word.isprintable()) or " " in word:
        raise ValueError("expected one word of ASCII characters, as the service issued it")
    return SecretStr(word)


ServiceUrl = Annotated[AnyHttpUrl, AfterValidator(_without_credentials)]
Secret = Annotated[SecretStr, AfterValidator(_fit_for_a_header)]


class Settings(BaseSettings):
    """Settings of the process. `.env.example` lists them all, with those of the services."""

    model_config = SettingsConfigDict(
        env_file=CHECKOUT / ".env",
        env_file_encoding="utf-8-sig",  # with the mark that some editors put at the beginning, and without
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    home: Path = Field(
        default=CHECKOUT / "warehouse",
        alias="TIDEGAUGE_HOME",
        description=(
            "Folder of working/ (working database, stored responses) and published/. Default: warehouse/ of the checkout."
        ),
        examples=["/var/lib/tidegauge"],
    )
    warehouse: str = Field(
        default="file",
        alias="TIDEGAUGE_WAREHOUSE",
        description=(
            "A DuckLake catalogue instead of the working file, for several workers (docs/lake.md). PGPASSWORD and the AWS_* "
            "variables of the object store are read from the environment only. Default: file."
        ),
        examples=["ducklake:postgres:dbname=tidegauge host=127.0.0.1 user=tidegauge"],
    )
    lake_schema: str = Field(
        default="tidegauge",
        pattern=r"^[a-z_][a-z0-9_]*$",
        alias="TIDEGAUGE_LAKE_SCHEMA",
        description="PostgreSQL schema of the lake's catalogue.",
        examples=["tidegauge"],
    )
    lake_data: str | None = Field(
        default=None,
        alias="TIDEGAUGE_LAKE_DATA",
        description="Folder or S3 address of the lake's files. Default: lake/ in TIDEGAUGE_HOME.",
        examples=["s3://tidegauge/lake"],
    )
    workers: int = Field(
        default=1,
        ge=1,
        alias="TIDEGAUGE_WORKERS",
        description="Processes that execute a refresh. More than 1 needs a lake.",
        examples=["4"],
    )
    hf_token: Secret | None = Field(
        default=None,
        alias="HF_TOKEN",
        repr=False,
        description=(
            "Hugging Face token (a free account is enough): doubles the anonymous quota. Sent to the Hub only. To push to a "
            "data set, it must be allowed to write there."
        ),
    )
    switched_off: str = Field(
        default="",
        alias="TIDEGAUGE_SWITCHED_OFF",
        description="Sources that are not collected, separated by commas. Default: none.",
        examples=["reddit, discord"],
    )
    accept_shrink: str = Field(
        default="",
        alias="TIDEGAUGE_ACCEPT_SHRINK",
        description=(
            "Sources, separated by commas, whose lists may lose more than a tenth of their rows, and whose counters may fall "
            "below a hundredth: set it for one refresh, after the check of the source said so "
            "(docs/operations.md#shrunk_list). Default: none."
        ),
        examples=["epoch_funding"],
    )
    contact: str | None = Field(
        default=None,
        alias="TIDEGAUGE_CONTACT",
        description=(
            "Name and e-mail address, sent as User-Agent to services that require one (the SEC does). Without it those "
            "sources are skipped."
        ),
        examples=["Jane Doe jane@example.org"],
    )
    sec_issuers: Path = Field(
        default=CHECKOUT / "warehouse" / "seeds" / "lists" / "sec_issuer.csv",
        alias="TIDEGAUGE_SEC_ISSUERS",
        description=(
            "CSV file of the issuers whose filings are read from the SEC, each with its CIK, with the columns of "
            "warehouse/seeds/lists/sec_issuer.csv, which is the default. The SEC is read if TIDEGAUGE_CONTACT is set. "
            "The issuers of the sandbox are in pipelines/sandbox/services/sec_issuer.csv."
        ),
        examples=["/etc/tidegauge/sec_issuer.csv"],
    )
    alert_url: Secret | None = Field(
        default=None,
        alias="TIDEGAUGE_ALERT_URL",
        repr=False,
        description=(
            "Where milestones, alerts and failed runs are sent: the webhook of Slack, Discord, Teams or Google Chat, the "
            "address of a Mattermost or mail server (docs/operations.md#where-alerts-go), or a webhook that gets one POST of "
            "JSON each. Encrypted, or on this machine. It may contain a key, and is never shown. Events of the sandbox are "
            "sent to this machine only. `tidegauge alert test` tries it. Default: none."
        ),
        examples=["https://example.org/hook"],
    )
    heartbeat_url: Secret | None = Field(
        default=None,
        alias="TIDEGAUGE_HEARTBEAT_URL",
        repr=False,
        description=(
            "Ping address of a dead man's switch in the manner of Healthchecks, with a period of a week: it tells you when "
            "no refresh has begun or succeeded. The weekly refresh posts to it when it succeeds, to .../start when it begins "
            "and to .../fail when it fails; an https address, or an http address of this machine. It may contain a key, and "
            "is never shown. Default: none."
        ),
        examples=["https://hc-ping.com/your-uuid-here"],
    )
    push_to: str | None = Field(
        default=None,
        alias="TIDEGAUGE_PUSH_TO",
        description=(
            "Where the weekly run pushes each release, and `tidegauge pull` takes it from: hf://datasets/ORG/NAME (HF_TOKEN "
            "must be allowed to write there), s3://BUCKET/FOLDER (with the AWS_* variables, from the environment only), or "
            "a folder with its whole path (docs/push.md). Default: none, which is also the word for it."
        ),
        examples=["hf://datasets/example/tidegauge"],
    )
    ui_hosts: str = Field(
        default="",
        alias="TIDEGAUGE_UI_HOSTS",
        description=(
            "Host names under which a proxy serves the UI, as a browser shows them, separated by commas "
            "(docs/security.md). Default: none; the UI answers on this machine only."
        ),
        examples=["tide.example.org"],
    )
    addresses: dict[str, ServiceUrl] = Field(default={}, alias="TIDEGAUGE_ADDRESSES")
    keys: dict[str, Secret] = Field(default={}, alias="TIDEGAUGE_KEYS", repr=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of settings, and one more for what the services need.

        It puts each TIDEGAUGE_* variable that is no field into `addresses` or `keys`, according to the end of its name.
        """
        variables: dict[str, str] = {}
        for source in (dotenv_settings, env_settings):
            assert isinstance(source, EnvSettingsSource)
            variables |= {name.upper(): text for name, text in source.env_vars.items() if text}
        fields = {field.alias for field in cls.model_fields.values()}
        ours = {name: text for name, text in variables.items() if name.startswith(PREFIX) and name not in fields}
        services = {
            "TIDEGAUGE_ADDRESSES": {name: text for name, text in ours.items() if name.endswith("_URL")},
            "TIDEGAUGE_KEYS": {name: text for name, text in ours.items() if name.endswith(KEY_SUFFIXES)},
        }
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, _paths_of_file(dotenv_settings)),
            dotenv_settings,
            InitSettingsSource(settings_cls, services),
        )

    @field_validator("home", "sec_issuers", mode="before")
    @classmethod
    def _is_absolute(cls, path: object) -> object:
        return Path(_expanded(path)).absolute() if isinstance(path, str) else path

    @field_validator("home")
    @classmethod
    def _is_a_path_for_duckdb(cls, home: Path) -> Path:
        if "?" in str(home):
            raise ValueError(
                "a path with a question mark cannot be used, because DuckDB would write its log to another file: choose another "
                "folder"
            )
        return home

    @field_validator("lake_data")
    @classmethod
    def _is_expanded(cls, place: str | None) -> str | None:
        return _expanded(place) if place else place

    @field_validator("contact")
    @classmethod
    def _on_one_line(cls, contact: str | None) -> str | None:
        if contact is not None and not (contact.isascii() and contact.isprintable()):
            raise ValueError("expected a name and an e-mail address on one line, in ASCII characters")
        return contact

    @field_validator("warehouse")
    @classmethod
    def _is_file_or_lake(cls, address: str) -> str:
        if address != "file" and not address.startswith("ducklake:postgres:"):
            raise ValueError("expected ducklake:postgres:dbname=... host=... user=..., or file")
        if "password" in address:
            raise ValueError("an address must not carry a password, because others can see it: set PGPASSWORD")
        return address

    @model_validator(mode="after")
    def _one_writer_of_a_file(self) -> "Settings":
        if self.workers > 1 and self.warehouse == "file":
            raise ValueError("TIDEGAUGE_WORKERS above 1 needs a lake: a file has one writer at a time (docs/lake.md)")
        return self

    @field_validator("push_to")
    @classmethod
    def _is_push_address(cls, address: str | None) -> str | None:
        if address in (None, NOT_PUSHED):
            return None
        address = address if "://" in address else _expanded(address)
        if push_address(address).revision is not None:
            raise ValueError("a release is pushed to a data set, not to a revision of it")
        return address

    @model_validator(mode="after")
    def _pushes_out_of_its_home(self) -> "Settings":
        if (address := self.push_address) is not None and is_below(address, self.home):
            raise ValueError(f"TIDEGAUGE_PUSH_TO: {address} belongs to the warehouse")
        return self

    @field_validator("alert_url", "heartbeat_url")
    @classmethod
    def _is_encrypted_or_local(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is None:
            return None
        is_web = info.field_name == "heartbeat_url"
        address = url.get_secret_value()
        if not takes_alerts(address) or (is_web and urlsplit(address).scheme not in ("http", "https")):
            kinds = "" if is_web else ", or an address of docs/operations.md#where-alerts-go"
            raise ValueError(f"expected an https address, or an http address of this machine{kinds}")
        return url

    def address(self, service: ServiceAddress) -> str:
        """Return the base address of a service, without a slash at its end."""
        return str(self.addresses.get(service.setting, service.default)).rstrip("/")

    def key(self, key: ServiceKey) -> str | None:
        """Return a key, to be sent to its own service only; None if it is not set."""
        return secret_value(self.keys.get(key.setting))

    @property
    def working(self) -> Path:
        """Folder of the working database and of the stored responses."""
        return self.home.absolute() / "working"

    @property
    def inbox(self) -> Path:
        """Folder into which users drop their own benchmark results."""
        return self.working / "inbox"

    @property
    def published(self) -> Path:
        """Folder of the release."""
        return self.home.absolute() / "published"

    @property
    def database(self) -> Path:
        """The working database; only the pipeline opens it."""
        return self.working / "tidegauge.duckdb"

    @property
    def token(self) -> str | None:
        """The Hub token, to be sent to the Hub only."""
        return secret_value(self.hf_token)

    @property
    def off(self) -> frozenset[str]:
        """Names of the sources that are switched off."""
        return _listed(self.switched_off)

    @property
    def accepted_shrink(self) -> frozenset[str]:
        """Names of the sources whose lists may lose more than a tenth of their rows."""
        return _listed(self.accept_shrink)

    @property
    def push_address(self) -> PushAddress | None:
        """Where releases are pushed; None if they are not."""
        return push_address(self.push_to) if self.push_to else None

    @property
    def further_hosts(self) -> frozenset[str]:
        """Host names under which a proxy serves the UI."""
        return _listed(self.ui_hosts)

    @property
    def hub_endpoint(self) -> str:
        """The Hub's base address, without a slash at its end."""
        return self.address(HUB)


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each name in the environment or in `.env` that begins like a setting and is none.

    Names are those of `.env.example`; nothing is said where that file is missing.
    """
    example = CHECKOUT / ".env.example"
    if not example.exists():
        return []
    known = set(_NAME.findall(example.read_text(encoding="utf-8")))
    file = Settings.model_config.get("env_file")
    encoding = Settings.model_config.get("env_file_encoding")
    written = dotenv_values(file, encoding=encoding) if isinstance(file, Path) else {}
    unknown = sorted({name for name in (*environment, *written) if name.startswith(PREFIX)} - known)
    return [
        f"{name} is no setting, and is ignored{_meant(name, known)}; docs/settings.md lists all of them"
        for name in unknown
    ]


def _meant(name: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(name, known, n=1)
    return f"; {nearest[0]} is the nearest" if nearest else ""


def _paths_of_file(source: EnvSettingsSource | PydanticBaseSettingsSource) -> dict[str, str]:
    """Return the settings of `.env` that are paths: a relative one is relative to the folder of that file."""
    assert isinstance(source, DotEnvSettingsSource)
    if not isinstance(source.env_file, Path):
        return {}
    values = {name.upper(): text for name, text in source.env_vars.items() if text}
    return {name: str(source.env_file.parent / _expanded(values[name])) for name in _PATHS if name in values}


def _expanded(path: str) -> str:
    """Return a path with ~ and $HOME replaced, as a shell does: `.env` and systemd do not."""
    return os.path.expandvars(Path(path).expanduser())


def _listed(names: str) -> frozenset[str]:
    return frozenset(name.strip() for name in names.split(",") if name.strip())


def secret_value(secret: SecretStr | None) -> str | None:
    """Return the text of a secret, or None."""
    return secret.get_secret_value() if secret else None
