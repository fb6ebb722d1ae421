"""What machines ask of the console: whether it lives, whether it can work, and its numbers."""

from __future__ import annotations

import secrets
from ipaddress import ip_address

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from config.environment import environment
from config.metrics import exposition
from config.migrating import are_waiting


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; touches nothing else."""
    return _plain("alive\n")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether the database is there with all its tables; else 503."""
    try:
        waiting = are_waiting()
    except DatabaseError:
        return _plain("the database does not answer\n", status=503)
    return _plain("migrations have not been run\n", status=503) if waiting else _plain("ready\n")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the numbers to who bears `KULANZ_METRICS_TOKEN`, and to this machine where no token is set.

    Where people come by https there is a proxy, so nobody may without a token.
    """
    if not _may_read(request):
        return HttpResponseForbidden("Send Authorization: Bearer and KULANZ_METRICS_TOKEN.\n")
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = environment().metrics_token
    if token is not None:
        right = f"Bearer {token.get_secret_value()}"
        return secrets.compare_digest(request.headers.get("Authorization", "").encode(), right.encode())
    # What a proxy on this machine passes on comes from anywhere, and not each proxy says that it does.
    if environment().https:
        return False
    passed_on = {"X-Forwarded-For", "Forwarded", "X-Real-IP"} & request.headers.keys()
    return not passed_on and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _plain(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
