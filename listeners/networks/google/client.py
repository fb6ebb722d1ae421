"""Google's client library, over our session: no retries, no redirects, one host, our faults."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import httplib2
from googleapiclient.discovery import build

from listeners.exceptions import Malformed, OutcomeUnknown
from listeners.networks.rest import Rest


@cache
def service(api: str, version: str, base_url: str) -> Any:
    """Return the library's view of an API, from the description that it ships with.

    It holds no connection, since `httplib2.Http` may not be shared between threads: `execute` brings one.
    """
    return build(
        api,
        version,
        http=_Nowhere(),
        client_options={"api_endpoint": base_url},
        static_discovery=True,
        cache_discovery=False,
    )


def execute(request: Any, rest: Rest) -> dict[str, Any]:
    """Make one call of the library; raises as `Rest.read`, or as `Rest.write` where it posts."""
    try:
        body = request.execute(http=_Way(rest), num_retries=0)
    except ValueError as error:
        if request.method == "GET":
            raise Malformed(f"{rest.label}'s answer is not JSON.") from error
        raise OutcomeUnknown(f"{rest.label} took a reply, but its answer cannot be read.") from error
    if isinstance(body, dict):
        return body
    if request.method == "GET":
        raise Malformed(f"{rest.label}'s answer is a {type(body).__name__}, not an object.")
    raise OutcomeUnknown(f"{rest.label} took a reply, but its answer is no object.")


class _Way:
    """What the library takes for a connection."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """Make one call; what is not a success is one of our faults before the library sees it."""
        writes = method != "GET"
        answer = self._rest.call(method, uri, writes=writes, content=body, headers=headers)
        return httplib2.Response({"status": str(answer.status_code)}), answer.content


class _Nowhere:
    """A connection that is never used."""
