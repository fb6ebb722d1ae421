"""Secrets of sources that stand in Airflow's connections; only its tasks can ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache


@lru_cache
def secrets_in_connection(slug: str) -> Mapping[str, str]:
    """Return the extra of the connection `kulanz_<slug>`, its password as `token`; {} where there is none.

    A task lives for seconds, so what it was told once is not asked for again.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(f"kulanz_{slug.replace('-', '_')}")
    except AirflowNotFoundException:
        return {}
    extra = {str(name): str(value) for name, value in found.extra_dejson.items()}
    return {**({"token": found.password} if found.password else {}), **extra}
