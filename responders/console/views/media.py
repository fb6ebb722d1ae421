"""Photos of customers, for people who have logged in."""

from __future__ import annotations

from mimetypes import guess_type

import structlog
from django.http import Http404, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from listeners.exceptions import StorageFault
from listeners.models import Media
from listeners.photo_files import original, read
from responders.console.roles import AgentRequest, for_roles
from responders.models import Agent

logger = structlog.get_logger(__name__)


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
    try:
        content = read(name)
    except FileNotFoundError:
        raise Http404 from None
    except StorageFault:
        logger.exception("photo_unreadable", file=name)
        return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
    response = HttpResponse(content, content_type=guess_type(name)[0] or "application/octet-stream")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
