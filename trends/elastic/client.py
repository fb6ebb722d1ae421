"""The client of Elasticsearch, and in whose words its faults are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    Elasticsearch,
    TransportError,
    UnsupportedProductError,
)
from elasticsearch import ConnectionTimeout as Timeout
from pydantic import SecretStr

from config.environment import environment
from trends.exceptions import ElasticFault, ElasticRefusal

REQUEST_SECONDS = 30.0
OLDEST = (8, 10)
"""The first version with all that is asked of it; newer majors answer this client too."""


def client() -> Elasticsearch:
    """Return this process's client."""
    told = environment()
    return open_client(
        told.elastic_url, told.elastic_user, told.elastic_password, told.elastic_api_key, told.elastic_ca
    )


@lru_cache(maxsize=1)
def open_client(
    url: str, user: str, password: SecretStr | None, api_key: SecretStr | None, ca: Path | None
) -> Elasticsearch:
    """Return a client that tries nothing twice by itself; nothing is asked of the server yet."""
    options: dict[str, Any] = {"max_retries": 0, "retry_on_timeout": False}
    if password:
        options["basic_auth"] = (user, password.get_secret_value())
    if api_key:
        options["api_key"] = api_key.get_secret_value()
    if ca:
        options["ca_certs"] = str(ca)
    return Elasticsearch(url, request_timeout=REQUEST_SECONDS, **options)


@contextmanager
def faults_named() -> Iterator[None]:
    """Turn what the client raises into an ElasticFault that says what a person can do."""
    try:
        yield
    except AuthenticationException:
        raise ElasticRefusal(
            "Elasticsearch refuses the log-in",
            "Correct KULANZ_ELASTIC_USER and KULANZ_ELASTIC_PASSWORD, or KULANZ_ELASTIC_API_KEY.",
        ) from None
    except AuthorizationException as fault:
        if "cluster_block" in str(fault.error):
            raise ElasticFault(f"Elasticsearch is blocked: {_said(fault)}") from None
        raise ElasticRefusal(
            f"Elasticsearch does not let this user do that: {_said(fault)}",
            "Give the user the rights that docs/ops.md lists.",
        ) from None
    except UnsupportedProductError:
        raise ElasticRefusal(
            "What answers there is no Elasticsearch of version 8 or later", "Correct KULANZ_ELASTIC_URL."
        ) from None
    except ApiError as fault:
        raise ElasticFault(f"Elasticsearch answered {fault.status_code}: {_said(fault)}") from None
    except Timeout:
        raise ElasticFault("Elasticsearch did not answer in time") from None
    except TransportError as fault:
        if "CERTIFICATE_VERIFY_FAILED" in fault.message:
            raise ElasticRefusal(
                "Elasticsearch's certificate is signed by nobody this machine trusts",
                "Name the file with the signing certificate in KULANZ_ELASTIC_CA.",
            ) from None
        raise ElasticFault(f"Elasticsearch cannot be reached: {fault.message}"[:500]) from None


def probe(elastic: Elasticsearch) -> str:
    """Ask Elasticsearch how it is; returns a sentence. Raises ElasticFault."""
    with faults_named():
        # Not info(): a server that is trimmed for tests lacks it, and a user may lack the right to it.
        health = elastic.cluster.health()
        nodes = elastic.nodes.info(filter_path="nodes.*.version")
    versions = sorted({node["version"] for node in nodes["nodes"].values()})
    if any(tuple(map(int, version.split(".")[:2])) < OLDEST for version in versions):
        raise ElasticRefusal(f"Elasticsearch {versions[0]} is too old", "Use 8.19 or later.")
    if health["status"] == "red":
        raise ElasticFault(f"Elasticsearch {', '.join(versions)} says that shards are missing (red)")
    return f"Elasticsearch {', '.join(versions)}, {health['status']}"


def _said(fault: ApiError) -> str:
    """Return the server's own words, without what somebody wrote in a post."""
    error = fault.body.get("error", {}) if isinstance(fault.body, dict) else {}
    cause = (error.get("root_cause") or [error])[0] if isinstance(error, dict) else {}
    return f"{cause.get('type', 'no reason')} {cause.get('reason', '')}"[:300].strip()
