"""Signed deliveries of posts: `POST /hooks/<source>`."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from listeners.cleaning import key
from listeners.contract import Page, Post, Reject
from listeners.exceptions import InputError
from listeners.guard import guarded_session
from listeners.importing.rows import as_payload
from listeners.intake import Stored, store
from listeners.models import HookDelivery, Source
from listeners.networks.registry import account_of, variable
from listeners.networks.webhook import Webhook
from listeners.signature import find_fault

LARGEST = 5 * 2**20
"""Bytes of a delivery."""
MOST_POSTS = 1000
KEPT = timedelta(days=30)
"""How long a delivery's id is remembered; its posts are known for ever."""


class DeliveryFault(InputError):
    """Raised for a delivery that is not taken; `status` is the answer's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@csrf_exempt
@require_POST
def receive(request: HttpRequest, slug: str) -> JsonResponse:
    """Take one post or a list of posts; answers 202 with what became of them, else an error in words."""
    now = timezone.now()
    try:
        source = _source(slug)
        body = _body(request)
        _check(source, body, request.headers.get("X-Kulanz-Signature", ""), now)
        items = _items(body)
    except DeliveryFault as fault:
        return JsonResponse({"error": str(fault)}, status=fault.status)
    delivery_id = request.headers.get("X-Kulanz-Delivery", "").strip() or hashlib.sha256(body).hexdigest()
    return JsonResponse(_accept(items, source, key(delivery_id), now), status=202)


def _source(slug: str) -> Source:
    source = Source.objects.filter(slug=slug, network=Webhook.name).first()
    if source is None:
        raise DeliveryFault(404, "There is no such webhook.")
    return source


def _body(request: HttpRequest) -> bytes:
    too_large = DeliveryFault(413, f"A delivery may have {LARGEST:,} bytes; send several.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise too_large
    try:
        body = request.body
    except RequestDataTooBig:
        raise too_large from None
    if len(body) > LARGEST:
        raise too_large
    return body


def _check(source: Source, body: bytes, signature: str, now: datetime) -> None:
    name = f"KULANZ_HOOK_SECRET_{variable(source.slug)}"
    secret = os.environ.get(name, "")
    if not secret:
        raise DeliveryFault(503, f"This webhook has no secret yet; set {name} where Kulanz runs.")
    if fault := find_fault(signature, body, secret=secret, now=now):
        raise DeliveryFault(401, fault)
    if source.state != Source.State.ACTIVE:
        raise DeliveryFault(503, "This webhook is paused; send it again later.")


def _items(body: bytes) -> list[Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise DeliveryFault(400, f"The body is not JSON in UTF-8: {fault}") from fault
    items = content if isinstance(content, list) else [content]
    if not items:
        raise DeliveryFault(400, "The list of posts is empty.")
    if len(items) > MOST_POSTS:
        raise DeliveryFault(413, f"A delivery may have {MOST_POSTS} posts; send several.")
    return items


def _accept(items: list[Any], source: Source, delivery_id: str, now: datetime) -> dict[str, Any]:
    """Store a delivery once, its id and its posts together."""
    posts, rejects = _read_posts(items, source, now)
    with transaction.atomic():
        _, is_new = HookDelivery.objects.get_or_create(
            source=source, delivery_id=delivery_id, defaults={"at": now}
        )
        stored = Stored()
        if is_new:
            page = Page(posts=tuple(posts), cursor=source.cursor, rejects=tuple(rejects))
            stored = store(page, source=source, now=now)
            Source.objects.filter(pk=source.pk).update(last_success_at=now)
            HookDelivery.objects.filter(source=source, at__lt=now - KEPT).delete()
    return {
        "repeated": not is_new,
        "new": stored.new,
        "known": stored.known,
        "updated": stored.updated,
        "ignored": stored.ignored,
        "rejected": [{"where": reject.where, "reason": reject.reason} for reject in stored.rejects],
    }


def _read_posts(items: list[Any], source: Source, now: datetime) -> tuple[list[Post], list[Reject]]:
    network = Webhook(account_of(source), session=guarded_session(), clock=lambda: now)
    posts: list[Post] = []
    rejects: list[Reject] = []
    for number, item in enumerate(items, 1):
        try:
            posts.append(network.post(item))
        except InputError as fault:
            rejects.append(Reject(where=f"post {number}", reason=str(fault), payload=as_payload(item)))
    return posts, rejects
