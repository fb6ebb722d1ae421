"""Logging in, and how a person likes the console: language and colours."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from responders.models import Agent

YEAR = 365 * 24 * 3600


class LogIn(LoginView):
    """The log-in."""

    template_name = "login.html"
    redirect_authenticated_user = True


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the console for this person, or for this browser before the log-in."""
    response, wanted = _back(request), request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, Agent):
        Agent.objects.filter(pk=request.user.pk).update(language=wanted)
    _remember(response, settings.LANGUAGE_COOKIE_NAME, wanted)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Change the colours for this browser."""
    response, wanted = _back(request), request.POST.get("theme", "")
    if wanted in {"dark", "light", "auto"}:
        _remember(response, "theme", wanted)
    return response


def _back(request: HttpRequest) -> HttpResponse:
    page = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        page = "/"
    return redirect(page)


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
