"""Signed deliveries of posts: `POST /hooks/<source>`, in our form or in that of a network that pushes."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from listeners.cleaning import key
from listeners.contract import Account, Page, Post, Reject
from listeners.exceptions import InputError, Malformed
from listeners.guard import guarded_session
from listeners.importing.rows import as_payload
from listeners.intake import Stored, store
from listeners.login.accounts import secrets_of, variable
from listeners.models import HookDelivery, Source
from listeners.networks.pushing import Pushing
from listeners.networks.registry import NETWORKS, network_of
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
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a delivery; answers 202 (networks: 200) with what became of it, else an error in words."""
    now = timezone.now()
    try:
        source = _source(slug)
        network = network_of(source, clock=lambda: now)
        if isinstance(network, Pushing):
            return _receive_push(request, source, network, now)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        body = _body(request)
        _check(source, body, request.headers.get("X-Kulanz-Signature", ""), now)
        posts, rejects = _read_posts(_items(body), source, now)
    except DeliveryFault as fault:
        return JsonResponse({"error": str(fault)}, status=fault.status)
    except InputError:
        # What is wrong with the source is for those who run it; it stands in the console.
        return JsonResponse({"error": "This webhook is not set up rightly; send it again later."}, status=503)
    delivery_id = request.headers.get("X-Kulanz-Delivery", "").strip() or hashlib.sha256(body).hexdigest()
    return JsonResponse(_accept(posts, rejects, source, key(delivery_id), now), status=202)


def _receive_push(request: HttpRequest, source: Source, network: Pushing, now: datetime) -> HttpResponse:
    """Greet a vendor, or take what it pushes; only a pause leaves it, since polling fills the gap then."""
    if request.method == "GET":
        greeting = network.greet(request.GET.dict())
        if greeting is None:
            raise DeliveryFault(403, "The verify token does not fit the one of this source.")
        return HttpResponse(greeting, content_type="text/plain")
    body = _body(request)
    status, fault = network.find_push_fault(body, request.headers)
    if fault:
        raise DeliveryFault(status, fault)
    if source.state == Source.State.PAUSED:
        return JsonResponse({"paused": True})
    try:
        posts, rejects = network.pushed(body)
    except Malformed as malformed:
        raise DeliveryFault(400, str(malformed)) from malformed
    return JsonResponse(_accept(posts, rejects, source, hashlib.sha256(body).hexdigest(), now))


def _source(slug: str) -> Source:
    source = Source.objects.filter(slug=slug).first()
    kind = NETWORKS.get(source.network) if source else None
    if source is None or kind is None or not issubclass(kind, Webhook | Pushing):
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
    secret = os.environ.get(name) or secrets_of(source.slug).get("hook_secret", "")
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


def _accept(
    posts: list[Post], rejects: list[Reject], source: Source, delivery_id: str, now: datetime
) -> dict[str, Any]:
    """Store a delivery once, its id and its posts together."""
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
    network = Webhook(Account(source=source.slug), session=guarded_session(), clock=lambda: now)
    posts: list[Post] = []
    rejects: list[Reject] = []
    for number, item in enumerate(items, 1):
        try:
            posts.append(network.post(item))
        except InputError as fault:
            rejects.append(Reject(where=f"post {number}", reason=str(fault), payload=as_payload(item)))
    return posts, rejects
