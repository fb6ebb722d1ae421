"""All saved objects as Kibana's import reads them, and the way they get there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import httpx

from trends.elastic.mapping import Kind
from trends.kibana.columns import Body
from trends.kibana.dashboards import DASHBOARDS
from trends.kibana.objects import data_view, saved


class KibanaFault(Exception):
    """Raised when Kibana did not take the saved objects; says what to do."""


def objects() -> list[Body]:
    """Return all data views, then all dashboards."""
    return [*map(data_view, Kind), *map(saved, DASHBOARDS)]


def ndjson() -> str:
    """Return all saved objects, a line each."""
    return "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in objects())


def bring(client: httpx.Client, *, patience: float = 0, sleep: Callable[[float], None] = time.sleep) -> int:
    """Import all objects over those of the same ids; returns how many; waits `patience` seconds for Kibana.

    Raises KibanaFault.
    """
    _wait(client, patience, sleep)
    answer = client.post(
        "/api/saved_objects/_import",
        params={"overwrite": "true"},
        headers={"kbn-xsrf": "kulanz"},
        files={"file": ("kulanz.ndjson", ndjson().encode(), "application/x-ndjson")},
    )
    if answer.status_code in (401, 403):
        raise KibanaFault(
            f"Kibana refused the log-in ({answer.status_code}): it needs a user with the role kibana_admin."
        )
    if answer.is_error:
        raise KibanaFault(f"Kibana answered {answer.status_code}: {answer.text[:300]}")
    return _taken(answer)


def _taken(answer: httpx.Response) -> int:
    body = answer.json()
    if not body.get("success"):
        raise KibanaFault("Kibana did not take everything: " + "; ".join(_refusals(body))[:1000])
    return int(body["successCount"])


def _refusals(body: Body) -> Iterator[str]:
    for error in body.get("errors", []):
        yield f"{error.get('type')} {error.get('id')}: {error.get('error', {}).get('type', 'unknown')}"


def _wait(client: httpx.Client, patience: float, sleep: Callable[[float], None]) -> None:
    waited = 0.0
    while (state := _state(client)) != "available":
        if waited >= patience:
            raise KibanaFault(f"Kibana at {client.base_url} is not ready: {state}.")
        sleep(2)
        waited += 2


def _state(client: httpx.Client) -> str:
    """Return Kibana's own word for its state, "available" where it only says that one must log in."""
    try:
        answer = client.get("/api/status")
    except httpx.HTTPError as fault:
        return str(fault) or type(fault).__name__
    if answer.status_code in (401, 403):
        return "available"
    try:
        return str(answer.json()["status"]["overall"]["level"])
    except (ValueError, KeyError, TypeError):
        return f"it answered {answer.status_code}"
