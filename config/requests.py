"""What is known of each request of the console: a number that its log lines share, and how long it took."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from config.metrics import REQUESTS
from config.traces import span

_METHODS = {"GET", "HEAD", "POST"}
_SAFE = re.compile(r"[\w.-]{8,64}")


class RequestMiddleware:
    """Gives each request a number, passes it on as X-Request-ID, and measures by view, never by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        given = request.headers.get("X-Request-ID", "")
        number = given if _SAFE.fullmatch(given) else uuid.uuid4().hex
        began = time.perf_counter()
        with bound_contextvars(request_id=number), span("request", request_id=number) as known:
            response = self.get_response(request)
            method = request.method if request.method in _METHODS else "other"
            view = request.resolver_match.view_name if request.resolver_match else ""
            known(method=method, view=view, status=response.status_code)
        took = time.perf_counter() - began
        REQUESTS.labels(method, view, str(response.status_code)).observe(took)
        response.headers["X-Request-ID"] = number
        return response
