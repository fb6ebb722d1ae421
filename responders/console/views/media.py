"""Photos of customers, for people who have logged in."""

from __future__ import annotations

from mimetypes import guess_type
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from listeners.models import Media
from listeners.photo_files import original
from responders.console.roles import AgentRequest, for_roles
from responders.models import Agent


@require_GET
@for_roles(*Agent.Role)
@cache_control(private=True, max_age=86400)
def photo(request: AgentRequest, name: str) -> HttpResponse:
    """Serve a fetched photo or its thumbnail to who serves its brand; raises Http404 for any other path."""
    if not name.isprintable():
        raise Http404
    media = Media.objects.select_related("mention").filter(file=original(name)).first()
    if media is None or not request.user.serves(media.mention.brand):
        raise Http404
    root = Path(settings.MEDIA_ROOT).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type=guess_type(name)[0] or "application/octet-stream")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
