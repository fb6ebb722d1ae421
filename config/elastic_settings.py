"""The environment variables that say where Elasticsearch is and who we are there."""

from __future__ import annotations

import re
import ssl
from importlib.util import find_spec
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings


class ElasticSettings(BaseSettings):
    """The part of the environment that leads to Elasticsearch; without an address there is no copy."""

    elastic_url: str = ""
    """Where Elasticsearch answers; empty means that there is none."""
    elastic_user: str = ""
    elastic_password: SecretStr | None = None
    elastic_api_key: SecretStr | None = None
    """An API key, as Elasticsearch encodes it, instead of user and password."""
    elastic_ca: Path | None = None
    """File with the certificate that signed Elasticsearch's; None means those that this machine trusts."""
    elastic_analyzer: str = Field(default="standard", pattern=r"^[a-z_]+$")
    """How texts are cut into words for searching."""
    keep_months: int = Field(default=25, ge=1, le=240)
    """How many months the copy reaches back, this one included."""

    @field_validator("elastic_url", mode="after")
    @classmethod
    def url_leads_somewhere(cls, url: str) -> str:
        """Refuse what is no address, holds a password, or nothing here can talk to."""
        if url and not re.fullmatch(r"https?://[^\s/?#@]+/?", url):
            raise ValueError("write it as https://search.example:9200; user and password have variables")
        if url and find_spec("elasticsearch") is None:
            raise ValueError("needs the client: pip install 'kulanz[elastic]'")
        return url

    @field_validator("elastic_password", "elastic_api_key", mode="after")
    @classmethod
    def empty_is_none(cls, secret: SecretStr | None) -> SecretStr | None:
        """Read an empty variable as one that is not there."""
        return secret if secret and secret.get_secret_value() else None

    @field_validator("elastic_password", mode="after")
    @classmethod
    def user_and_password_belong_together(
        cls, password: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        """Refuse a user without a password and a password without a user."""
        if bool(info.data.get("elastic_user")) != bool(password):
            raise ValueError("KULANZ_ELASTIC_USER and KULANZ_ELASTIC_PASSWORD belong together")
        return password

    @field_validator("elastic_api_key", mode="after")
    @classmethod
    def there_is_one_log_in(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Refuse a key that no header can carry, and a key besides a user."""
        if key and not re.fullmatch(r"[!-~]{8,1000}", key.get_secret_value()):
            raise ValueError("is no API key; take the one that Elasticsearch shows as encoded")
        if key and info.data.get("elastic_user"):
            raise ValueError("give either this or KULANZ_ELASTIC_USER and KULANZ_ELASTIC_PASSWORD")
        return key

    @field_validator("elastic_ca", mode="before")
    @classmethod
    def empty_path_is_none(cls, path: object) -> object:
        """Read an empty variable as one that is not there."""
        return path or None

    @field_validator("elastic_ca", mode="after")
    @classmethod
    def certificate_can_be_read(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        """Refuse a file that holds no certificate, and one that would not be used."""
        if path is None:
            return None
        if not str(info.data.get("elastic_url", "")).startswith("https:"):
            raise ValueError("is of no use without https in KULANZ_ELASTIC_URL")
        try:
            ssl.create_default_context(cafile=str(path))
        except OSError as fault:
            raise ValueError(f"{path} holds no certificate that can be read ({fault.strerror})") from None
        return path
