"""The `.env` file of docker-compose.yml: secrets that are made here once, and choices that are the user's."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.alone import alone_in

_FIT = re.compile(r"[\w.=-]+")
_LINE = re.compile(r"^\s*(?:export\s+)?(\w+)\s*=(.*)$", flags=re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Variable:
    """One name of the file: how its value is made, and what it is for."""

    name: str
    make: Callable[[], str]
    use: str
    is_choice: bool = False
    """Whether the value is a suggestion that the user may change, not a secret."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a run added to the file, and which secrets it found there that cannot be used.

    A secret becomes part of addresses and of JSON, so it is made of letters, digits and `_.=-` only.
    """

    added: tuple[Variable, ...]
    unfit: tuple[str, ...]


def _secret() -> str:
    return secrets.token_hex(32)


def _long_secret() -> str:
    """Airflow signs with SHA-512, which wants 64 bytes at least."""
    return secrets.token_hex(48)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _choice(name: str, value: str, use: str) -> Variable:
    return Variable(name, lambda: value, use, is_choice=True)


VARIABLES = (
    _choice(
        "KULANZ_SITE", "localhost", "the name under which people reach the console, such as care.example"
    ),
    _choice("COMPOSE_PROFILES", "airflow,elastic", "`run` instead of `airflow` goes without Airflow"),
    _choice("KULANZ_BRANDS_FOLDER", "./config/brands", "the folder of brand files, on this machine"),
    _choice("KULANZ_ELASTIC_URL", "https://elasticsearch:9200", "empty without the profile `elastic`"),
    _choice("KULANZ_LANGUAGE", "en", "`de` or `en`: language of alarms"),
    _choice("AIRFLOW_EXECUTOR", "LocalExecutor", "`CeleryExecutor` with the profile `celery`"),
    _choice("AIRFLOW_PARALLELISM", "8", "tasks at a time, of all workers together"),
    Variable("POSTGRES_PASSWORD", _secret, "PostgreSQL's own administrator"),
    Variable("POSTGRES_PASSWORD_KULANZ", _secret, "Kulanz's log-in to PostgreSQL"),
    Variable("POSTGRES_PASSWORD_AIRFLOW", _secret, "Airflow's log-in to PostgreSQL"),
    Variable("KULANZ_SECRET_KEY", _secret, "signs the console's sessions"),
    Variable("KULANZ_API_TOKEN", _secret, "lets programs call Kulanz's API"),
    Variable("KULANZ_METRICS_TOKEN", _secret, "lets Prometheus read /metrics"),
    Variable("KULANZ_MODEL_TOKEN", _secret, "lets workers into the model service"),
    Variable("ELASTIC_PASSWORD", _secret, "Elasticsearch's own administrator, `elastic`"),
    Variable("ELASTIC_PASSWORD_KULANZ", _secret, "Kulanz's log-in to Elasticsearch"),
    Variable("KIBANA_PASSWORD", _secret, "Kibana's log-in to Elasticsearch"),
    Variable("KIBANA_ENCRYPTION_KEY", _secret, "what Kibana encrypts saved secrets with"),
    Variable("AIRFLOW_FERNET_KEY", _fernet_key, "what Airflow encrypts connections with"),
    Variable("AIRFLOW_JWT_SECRET", _long_secret, "signs the calls between Airflow's parts"),
    Variable("AIRFLOW_SECRET_KEY", _secret, "signs Airflow's sessions"),
    Variable("AIRFLOW_PASSWORD", _secret, "log-in of Airflow's administrator, `ops`"),
    Variable("REDIS_PASSWORD", _secret, "Redis, with the profile `celery`"),
)


def write(path: Path) -> Written:
    """Add what the file lacks and change nothing in it; it is replaced whole and open to its owner only."""
    path = path.resolve()
    with alone_in(path.parent):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        present = {name: value.strip().strip("'\"") for name, value in _LINE.findall(text)}
        missing = tuple(one for one in VARIABLES if one.name not in present)
        _replace(path, _joined(text, missing))
    kept = (one.name for one in VARIABLES if one.name in present and not one.is_choice)
    return Written(missing, tuple(name for name in kept if not _FIT.fullmatch(present[name])))


def _joined(text: str, missing: tuple[Variable, ...]) -> str:
    if text and not text.endswith("\n"):
        text += "\n"
    return text + "".join(f"# {one.use}\n{one.name}={one.make()}\n" for one in missing)


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
