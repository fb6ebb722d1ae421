"""The environment variables that Kulanz reads, validated once at start."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from config.alarm_addresses import ADDRESSES, unreadable
from config.elastic_settings import ElasticSettings
from config.media_storage import in_bucket, in_folder
from config.schedule import pools

ROOT = Path(__file__).resolve().parent.parent


class Environment(ElasticSettings):
    """Each field is one variable, `KULANZ_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="KULANZ_", frozen=True)

    var: Path = ROOT / "var"
    """Folder for everything that Kulanz writes: database, media, secret key."""
    database_url: str = ""
    """`postgresql://user:password@host/name` or `sqlite:///path`; empty means SQLite under `var`."""
    secret_key: str = ""
    """Signs sessions; empty means one that is made and kept under `var`."""
    debug: bool = False
    hosts: Annotated[list[str], NoDecode] = ["127.0.0.1", "localhost", "[::1]"]
    """Host names under which the console is reached, separated by commas."""
    https: bool = False
    """Whether users reach the console by https: cookies are then marked secure."""
    brands: Path = ROOT / "config" / "brands"
    """Folder with one YAML file a brand."""
    model: Path | None = None
    """Folder of a model, or `hf:` and name or folder of a Hugging Face model; None means the champion."""
    labels: Path | None = None
    """TOML file that says what a Hugging Face model's labels mean; None means by their spelling."""
    model_url: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+/?)?$")
    """Address of `kulanz serve-model`; mentions are then judged there and by no other model."""
    model_token: SecretStr | None = None
    """Lets workers into the model service; the service needs the same."""
    threads: int = 0
    """Processor threads of the classifier; 0 means all."""
    api_token: SecretStr | None = None
    """Lets programs call the API that bear it; empty means that only people who are logged in may."""
    api_requests: int = Field(default=120, gt=0)
    """Requests a minute that each caller of the API may make, in each process of the console."""
    listen_seconds: int = Field(default=10, ge=1, le=3600)
    """How often Airflow looks which sources are due."""
    pools: str = ""
    """Networks that have a pool in Airflow, as `mastodon=4 x=2`: so many of their sources at a time."""
    metrics_token: SecretStr | None = None
    """Lets Prometheus read `/metrics`; empty means that only this machine may, with `https` nobody."""
    log: Literal["text", "json"] = "text"
    """Whether log lines are for people or, a JSON object each, for programs."""
    page_size: int = 60
    """Cases in one page of the queue."""
    language: Literal["de", "en"] = "en"
    """Language of alarms, and of pages for those whose browser asks for neither."""
    console_url: str = Field(default="", pattern=r"^(https?://[^\s/?#]+/?)?$")
    """Where people reach the console; alarms then link to it."""
    alarm_urls: Annotated[list[SecretStr], NoDecode] = []
    """Addresses of chats and mailboxes that alarms go to, as apprise writes them, separated by spaces."""
    digest_urls: Annotated[list[SecretStr], NoDecode] = []
    """Addresses that weekly digests go to, written likewise; without any there are none."""
    kibana_password: SecretStr | None = None
    """Password of the user as whom `kulanz kibana` brings the dashboards."""
    media_url: str = ""
    """`s3://bucket?endpoint=https://host` for photos; empty means a folder under `var`."""

    @field_validator("pools")
    @classmethod
    def pools_are_readable(cls, text: str) -> str:
        """Refuse what Airflow's DAGs could not read."""
        pools(text)
        return text

    @field_validator("hosts", mode="before")
    @classmethod
    def split_hosts(cls, value: object) -> object:
        """Accept `a,b` as the shell writes it."""
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @field_validator("api_token", "model_token", "metrics_token", mode="after")
    @classmethod
    def token_is_strong(cls, token: SecretStr | None) -> SecretStr | None:
        """Refuse tokens that could be guessed or that a header cannot carry; an empty one is none."""
        if token is None or not token.get_secret_value():
            return None
        if not re.fullmatch(r"[!-~]{32,200}", token.get_secret_value()):
            raise ValueError("needs 32 to 200 letters, digits or signs, without spaces; openssl rand -hex 32")
        return token

    @field_validator("alarm_urls", "digest_urls", mode="before")
    @classmethod
    def split_alarm_urls(cls, value: object) -> object:
        """Accept addresses with spaces or line ends between them; commas may be part of one."""
        return value.split() if isinstance(value, str) else value

    @field_validator("alarm_urls", "digest_urls", mode="after")
    @classmethod
    def alarm_urls_are_known(cls, urls: list[SecretStr]) -> list[SecretStr]:
        """Refuse what apprise cannot read, without repeating it, for it may hold a password."""
        if urls and (wrong := unreadable([url.get_secret_value() for url in urls])):
            numbers = ", ".join(map(str, wrong))
            raise ValueError(f"address {numbers} of {len(urls)} is none that apprise knows; {ADDRESSES}")
        return urls

    @field_validator("media_url", mode="after")
    @classmethod
    def media_url_is_a_bucket(cls, url: str) -> str:
        """Refuse an address that leads to no bucket."""
        if url:
            in_bucket(url)
        return url

    def media(self) -> dict[str, Any]:
        """Return Django's storage of photos."""
        return in_bucket(self.media_url) if self.media_url else in_folder(self.var / "media")

    def database(self) -> str:
        """Return the database URL in force."""
        return self.database_url or f"sqlite:///{self.var / 'kulanz.sqlite3'}"

    def key(self) -> str:
        """Return the secret key, making and keeping one on a machine that has none."""
        if self.secret_key:
            return self.secret_key
        path = self.var / "secret_key"
        if not path.exists():
            self.var.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(50))
        return path.read_text()


class EnvironmentFault(Exception):
    """Raised at start when a variable has a value that Kulanz cannot use."""


def read_environment() -> Environment:
    """Read and validate all variables.

    Raises EnvironmentFault that names each wrong variable, its value's fault and nothing secret.
    """
    try:
        return Environment()
    except ValidationError as fault:
        lines = [f"KULANZ_{str(e['loc'][0]).upper()}: {e['msg']}" for e in fault.errors()]
        raise EnvironmentFault(
            "These environment variables need another value:\n" + "\n".join(lines)
        ) from None


def environment() -> Environment:
    """Return what Django's settings hold; where Kulanz is only imported, what the variables say now."""
    held: Environment | None = getattr(settings, "ENVIRONMENT", None) if settings.configured else None
    return held or read_environment()
